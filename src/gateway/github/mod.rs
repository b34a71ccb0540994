//! GitHub's API. Only this room imports octocrab.
