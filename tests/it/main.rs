mod feeds;
mod fetch;
mod notify;
mod config;
