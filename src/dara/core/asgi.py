"""`create_app`: the ASGI app of a configuration."""

from dara.core._server.app import create_app

__all__ = ['create_app']
