from collections.abc import Iterator


def run(o) -> Iterator:
    yield from ()
