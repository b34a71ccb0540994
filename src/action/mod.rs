//! The front door of the GitHub Action.
