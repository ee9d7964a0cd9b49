"""Web apps in Python whose state is persistent and shared live."""
