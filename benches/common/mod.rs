//! How the benchmarks measure: medians of seven, two sides in turns.

use std::time::Duration;

const ROUNDS: usize = 7;

/// The times of something, once to warm up and seven times to count.
pub(crate) fn rounds(mut measure: impl FnMut() -> Duration) -> Vec<Duration> {
    measure();
    (0..ROUNDS).map(|_| measure()).collect()
}

/// The times of two things done in turns.
pub(crate) fn pairs(
    mut ours: impl FnMut() -> Duration,
    mut theirs: impl FnMut() -> Duration,
) -> (Vec<Duration>, Vec<Duration>) {
    ours();
    theirs();
    (0..ROUNDS).map(|_| (ours(), theirs())).unzip()
}

/// The middle one.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// One median.
pub(crate) fn say(what: &str, time: Duration, wanted: &str) {
    println!("{what:<52} {:>9.1} ms   ({wanted})", time.as_secs_f64() * 1e3);
}

/// The medians of two things measured in turns, and their ratio.
pub(crate) fn compare(what: &str, ours: Vec<Duration>, other: &str, theirs: Vec<Duration>, wanted: &str) {
    let (ours, theirs) = (median(ours), median(theirs));
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    let (ours, theirs) = (ours.as_secs_f64() * 1e3, theirs.as_secs_f64() * 1e3);
    println!("{what:<52} {ours:>9.1} ms   {other} {theirs:.1} ms, ratio {ratio:.2}   ({wanted})");
}
