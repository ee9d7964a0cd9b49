"""Deliberate breaks of the sync engine, each of which a test must catch: `python -m tests.mutants`."""
