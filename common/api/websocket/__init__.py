"""The WebSockets of the hub, each a plain ASGI application."""
