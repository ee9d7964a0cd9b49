"""What keeps tabs and records in step; knows neither HTTP nor sockets."""
