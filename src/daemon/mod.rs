//! The service: poll, process and deliver as step functions over the store, and the one owner of all tasks.
