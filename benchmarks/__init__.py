"""Benchmarks of Dara against a floor and its peers. Run `python -m benchmarks`; README.md describes the method."""
