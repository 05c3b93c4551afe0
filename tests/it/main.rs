mod feeds;
mod fetch;
mod notify;
