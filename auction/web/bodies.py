"""What is sent as JSON, read without harm."""

from typing import Any, Final

from flask import Flask, request
from flask.json.provider import DefaultJSONProvider

JSON_LIMIT: Final = 256 * 1024
"""Bytes; a signed statement with its whole chain has less than half of that."""


class JsonReader(DefaultJSONProvider):
    """Flask's own, for which nesting without end is malformed and no fault of the house."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Raises ValueError for whatever is no JSON."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def register(app: Flask) -> None:
    """Read every request's JSON so, and none that is longer than any that is meant."""
    app.json = JsonReader(app)
    app.before_request(_limit)


def _limit() -> None:
    # Reading many megabytes of JSON takes seconds in which this worker would stamp no bid.
    if request.is_json:
        request.max_content_length = JSON_LIMIT
