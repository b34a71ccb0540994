//! Random schemas and random edits of them, held to the same claims as the rows of the table.
//!
//! | variable | meaning |
//! |---|---|
//! | `ACCEPTANCE_CASES=500` | how many pairs are tried |
//! | `ACCEPTANCE_SEED=7` | only the pair of this seed |

use futures_util::StreamExt as _;

use super::claims::{Side, there_and_back};
use super::lab::Lab;
use super::random::{Random, World};
use super::{AT_ONCE, flag};
use crate::support::MAJOR;

/// Pairs that are tried unless more are asked for.
const CASES: u64 = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_edits_of_random_schemas_are_found() {
    let number = |name: &str| flag(name).map(|value| value.parse::<u64>().unwrap());
    let seeds: Vec<u64> = match number("ACCEPTANCE_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("ACCEPTANCE_CASES").unwrap_or(CASES)).collect(),
    };
    let major = number("ACCEPTANCE_MAJOR").map_or(MAJOR, |major| u32::try_from(major).unwrap());
    let lab = Lab::start(major).await;
    let tries = seeds.iter().map(async |seed| {
        let (old, new) = pair(*seed);
        let ended = hold(&lab, &old, &new).await;
        ended.err().map(|fault| format!("━━ ACCEPTANCE_SEED={seed}\n{fault}\n── old\n{old}\n── new\n{new}"))
    });
    let ended = futures_util::stream::iter(tries).buffered(AT_ONCE).collect::<Vec<_>>().await;
    lab.stop().await;
    let failures: Vec<String> = ended.into_iter().flatten().collect();
    assert!(failures.is_empty(), "{} of {} pairs\n{}", failures.len(), seeds.len(), failures.join("\n"));
}

fn pair(seed: u64) -> (String, String) {
    let mut random = Random::new(seed);
    let mut world = World::new(&mut random);
    let old = world.ddl();
    for _ in 0..random.below(12) {
        world.edit(&mut random);
    }
    (old, world.ddl())
}

async fn hold(lab: &Lab, old: &str, new: &str) -> Result<(), String> {
    let old = Side::of(lab, "old", lab.build(old).await).await?;
    let new = Side::of(lab, "new", lab.build(new).await).await?;
    let ended = if flag("ACCEPTANCE_BUILD_ONLY").is_some() {
        Ok(())
    } else {
        there_and_back(lab, &old, &new, false).await.map(|_| ())
    };
    lab.remove(&old.database).await;
    lab.remove(&new.database).await;
    ended
}

#[test]
fn a_seed_is_always_the_same_pair() {
    assert_eq!(pair(3), pair(3));
    assert_ne!(pair(3), pair(4));
}
