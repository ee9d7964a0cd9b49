"""Frames around pages, and links between them."""
