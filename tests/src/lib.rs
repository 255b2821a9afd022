//! The strict in-memory AWS.
