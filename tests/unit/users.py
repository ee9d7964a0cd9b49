"""Users of the tests of scopes and rights."""

from __future__ import annotations

from dara.core._context import Identity, UserData


def identity(name: str, *groups: str) -> Identity:
    """Return the identity of a user with this name and these groups."""
    return Identity(UserData(identity_id=name, identity_name=name.title(), groups=list(groups)), f'session of {name}')


ANN, BEN = identity('ann', 'red'), identity('ben', 'blue')
