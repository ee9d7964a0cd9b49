"""Synchronization of tabs and records, without HTTP or sockets."""
