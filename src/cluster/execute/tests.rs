//! Execution against a small shelf of objects that keeps versions and can be made to fail after any request.
