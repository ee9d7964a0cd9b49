"""How fast Dara is, beside a floor and its peers. Run it: `python -m benchmarks`; README.md says what is measured."""
