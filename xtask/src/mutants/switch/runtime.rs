//! Which mutant is on. This file becomes a module of `aduana-invoice` in the copy that is mutated, and is no part of the project's
//! own build.
//!
//! `ADUANA_MUTANT` is its number; `ADUANA_MUTANT_REACH` names a file that gets the number of each site that is passed, once.

use std::env::var_os;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Nobody has asked yet.
const FRESH: u32 = u32::MAX;
/// None is on, and who asks is written down.
const RECORDING: u32 = u32::MAX - 1;

static ON: AtomicU32 = AtomicU32::new(FRESH);
static SEEN: [AtomicBool; MUTANTS + 1] = [const { AtomicBool::new(false) }; MUTANTS + 1];

/// The number of the mutant that is on, or 0: what the compiler gets in any case, so that constants can be made by what asks.
#[inline]
pub const fn at(site: u32) -> u32 {
    core::intrinsics::const_eval_select((site,), while_compiling, while_running)
}

const fn while_compiling(_site: u32) -> u32 {
    0
}

#[inline]
fn while_running(site: u32) -> u32 {
    let on = ON.load(Ordering::Relaxed);
    if on >= RECORDING { ask(site, on) } else { on }
}

#[cold]
fn ask(site: u32, mut on: u32) -> u32 {
    if on == FRESH {
        let told = || var_os("ADUANA_MUTANT")?.to_str()?.parse().ok();
        on = if var_os("ADUANA_MUTANT_REACH").is_some() { RECORDING } else { told().unwrap_or(0) };
        ON.store(on, Ordering::Relaxed);
    }
    if on != RECORDING {
        return on;
    }
    if !SEEN[site as usize].swap(true, Ordering::Relaxed) {
        let path = var_os("ADUANA_MUTANT_REACH").expect("it was there");
        let mut file = OpenOptions::new().append(true).create(true).open(path).expect("a file to write to");
        file.write_all(format!("{site}\n").as_bytes()).expect("a file to write to");
    }
    0
}
