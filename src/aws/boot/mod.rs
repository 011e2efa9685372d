//! What an instance does when it starts.
