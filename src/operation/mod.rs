//! What a user asks for: orchestration, without wording, arguments or HTTP.

pub mod preflight;
