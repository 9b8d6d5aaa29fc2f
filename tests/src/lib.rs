//! Starts the built program for the end-to-end tests.
