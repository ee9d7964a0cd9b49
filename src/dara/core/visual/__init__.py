"""What is around pages, and leads from one to another."""
