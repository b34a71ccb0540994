//! What open branches do to each other, as far as it can be thought out: by the names of their files, by what each
//! does to the catalog, and by how replaying them ended.

mod effect;
mod names;
mod overlap;
mod verdict;

pub use effect::effect;
pub use names::{Claims, added, collisions, is_same};
pub use overlap::{Side, overlaps};
pub use verdict::{Alone, Ending, LISTED, Orders, conclude};

#[cfg(test)]
mod tests;
