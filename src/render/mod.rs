//! How it is said: report in, text out. Pure, and the owner of every sentence for people.

pub mod note;
