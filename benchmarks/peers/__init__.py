"""The same app for the peers; each runs in a separate environment."""
