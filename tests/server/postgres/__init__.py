"""Tests of `PostgresBackend`."""
