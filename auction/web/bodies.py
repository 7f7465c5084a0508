"""What is sent as JSON, read without harm."""

from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider


class JsonReader(DefaultJSONProvider):
    """Flask's own, for which nesting without end is malformed and no fault of the house."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Raises ValueError for whatever is no JSON."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def register(app: Flask) -> None:
    """Read every request's JSON so."""
    app.json = JsonReader(app)
