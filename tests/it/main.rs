mod fetch;
mod notify;
