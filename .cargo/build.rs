//! Makes the released program smaller, where the linker is known to be able to.
#![expect(clippy::disallowed_methods, reason = "how cargo speaks to a build script")]

use std::env::var;

fn main() {
    println!("cargo:rerun-if-changed=.cargo/build.rs");
    let is_release = var("PROFILE").is_ok_and(|profile| profile == "release");
    // Rust brings its own linker for this target, LLVM's; others may not know the options.
    if !is_release || var("TARGET").is_ok_and(|target| target != "x86_64-unknown-linux-gnu") {
        return;
    }
    // The SDK is generic code a hundred thousand times over: much of it comes out the same.
    println!("cargo:rustc-link-arg-bins=-Wl,--icf=all");
    // A panic ends the process (`panic = "abort"`), so nothing is ever unwound.
    let folder = var("CARGO_MANIFEST_DIR").unwrap_or_default();
    println!("cargo:rerun-if-changed=.cargo/without-unwinding.ld");
    println!("cargo:rustc-link-arg-bins=-Wl,-T,{folder}/.cargo/without-unwinding.ld");
}
