mod feeds;
mod pages;
