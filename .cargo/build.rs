//! Makes the released program smaller, where the linker is known to be able to.
#![expect(clippy::disallowed_methods, reason = "how cargo speaks to a build script")]

use std::env::var;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=.cargo/build.rs");
    let is_release = var("PROFILE").is_ok_and(|profile| profile == "release");
    // Rust brings its own linker for this target, LLVM's; others may not know the options.
    if !is_release || var("TARGET").is_ok_and(|target| target != "x86_64-unknown-linux-gnu") {
        return;
    }
    // The SDK is generic code a hundred thousand times over: much of it comes out the same.
    println!("cargo:rustc-link-arg-bins=-Wl,--icf=all");
    // Two megabytes of addresses to adjust when the program is loaded, in the form that takes a hundredth of that. What
    // is built here runs where the C library is no older: https://sourceware.org/glibc/wiki/Release/2.36
    if has_compact_relocations() {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    // A panic ends the process (`panic = "abort"`), so nothing is ever unwound.
    let folder = var("CARGO_MANIFEST_DIR").unwrap_or_default();
    println!("cargo:rerun-if-changed=.cargo/without-unwinding.ld");
    println!("cargo:rustc-link-arg-bins=-Wl,-T,{folder}/.cargo/without-unwinding.ld");
}

/// Whether the C library of this machine reads them: glibc from 2.36 on.
fn has_compact_relocations() -> bool {
    let Ok(output) = Command::new("getconf").arg("GNU_LIBC_VERSION").output() else { return false };
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.trim().strip_prefix("glibc 2.").and_then(|minor| minor.parse::<u32>().ok());
    version.is_some_and(|minor| minor >= 36)
}
