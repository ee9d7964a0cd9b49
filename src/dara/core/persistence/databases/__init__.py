"""Shared backends over databases. Each needs the extra of its name."""
