"""Live pages over WebSockets: join a room, resync by number, fan out what was committed."""

from flask import Flask


def register(app: Flask, message_queue: str | None) -> None:
    """Hang Socket.IO on the application."""


def start(app: Flask) -> None:
    """Begin to tell the rooms of what is committed."""


def serve(app: Flask, host: str, port: int) -> None:
    """Serve HTTP and WebSockets until stopped."""
    from gevent.pywsgi import WSGIServer

    WSGIServer((host, port), app).serve_forever()
