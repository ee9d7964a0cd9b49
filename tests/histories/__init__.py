"""Histories of real servers over real databases, and the checker of these histories."""
