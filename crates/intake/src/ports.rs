//! What the intake needs of the world outside, one small trait a capability. `crates/aws` has the real ones, `tests/` the
//! strict in-memory twins.
