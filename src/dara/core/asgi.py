"""`create_app`: a configuration as an ASGI app."""

from dara.core._server.app import create_app

__all__ = ['create_app']
