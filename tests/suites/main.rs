//! The suites over the strict world, in one target to link once.
