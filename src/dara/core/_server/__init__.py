"""HTTP and websockets: what makes a configuration an ASGI app."""
