"""The `dara` command."""

from dara.cli.commands import main

__all__ = ['main']
