"""A note, and a file of its users that may change at any time. LOGIN: `custom` or `built-in`."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from dara.components import Stack, Text
from dara.core import ConfigurationBuilder, Variable
from dara.core._server import sessions, watch
from dara.core.auth import BaseAuthConfig, MultiBasicAuthConfig, UserData
from dara.core.persistence import BackendStore

watch.REVOKED_SECONDS = 1  # type: ignore[misc]  # instead of nearly a minute
sessions.FINGERPRINT_SECONDS = 0.3  # type: ignore[misc, assignment]


def users():
    return json.loads(Path('users.json').read_text())


class ByFile(BaseAuthConfig):
    async def login(self, name, password):
        return UserData(name, name) if users().get(name) == password else None

    def credential(self, user):
        return users().get(user.identity_id)


class Live(Mapping[str, str]):
    def __getitem__(self, name):
        return users()[name]

    def __iter__(self):
        return iter(users())

    def __len__(self):
        return len(users())


config = ConfigurationBuilder()
config.add_page('Note', content=Stack(Text(Variable(default='', store=BackendStore(uid='note')))))
if os.environ['LOGIN'] == 'custom':
    config.add_auth(ByFile())
else:
    config.add_auth(MultiBasicAuthConfig(users=Live()))
