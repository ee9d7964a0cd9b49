"""Apps that tests serve, each by its name: `serve('votes')`. A test sets their parameters as environment variables."""
