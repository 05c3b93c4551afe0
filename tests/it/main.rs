mod feeds;
