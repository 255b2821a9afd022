//! The proof over the strict world, for as long as there is time.
fn main() {
    let first = std::env::args().nth(1).map_or(0, |text| text.parse().expect("a number"));
    let count: u64 = std::env::args().nth(2).map_or(600, |text| text.parse().expect("a number"));
    let played = aduana_tests::proof::field::play_all(first..first + count, None, aduana_tests::proof::history::play, |_| {});
    eprintln!("{played:?}");
}
