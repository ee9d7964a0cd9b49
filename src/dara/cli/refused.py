"""The error of a command that cannot be carried out."""

from __future__ import annotations

from typing import Any

import click


class Refused(click.ClickException):
    """A command that cannot be carried out, reported in one line."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print the reason."""
        click.echo(f'dara: {self.message}', file=file, err=True)
