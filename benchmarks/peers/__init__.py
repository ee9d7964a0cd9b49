"""The same app for the peers; each runs in an environment of its own."""
