"""The ASGI app of a configuration: HTTP, websockets, sessions and the server process."""
