//! How, on AWS.
