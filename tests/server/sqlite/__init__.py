"""Tests of `SQLiteBackend`."""
