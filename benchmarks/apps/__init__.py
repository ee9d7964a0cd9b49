"""Apps under measurement; each runs in a directory of its own."""
