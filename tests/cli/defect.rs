/// Run by the other test, in a process of its own.
#[test]
#[ignore = "ends its process"]
fn panics() {
    envctl::cli::install_hook();
    std::thread::spawn(|| panic!("the invariant does not hold")).join().ok();
}

#[test]
fn a_panic_in_any_thread_is_a_defect_and_says_so() {
    let output = super::in_own_process("cli::defect::panics");
    assert_eq!(output.status.code(), Some(70));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("a defect of envctl") && said.contains("the invariant does not hold"), "{said}");
    assert!(said.contains("defect.rs:"), "{said}");
}
