"""The apps that are measured; each runs from a directory of its own."""
