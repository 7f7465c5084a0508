"""Events that are handed straight to a handler, and how they are answered.

A handler is `handler(sid, payload, answer)`. It is called without any Flask context; `answer`
takes one JSON object, may be called later, and counts the first time only.
"""

import re
from collections.abc import Callable
from typing import Any

import orjson

Json = dict[str, Any]
Answer = Callable[[Json], None]
Handler = Callable[[str, Any, Answer], None]

_EVENT = re.compile(r'42([0-9]{1,15})\["([a-z_]{1,40})"[,\]]')
"""An Engine.IO message (4) that is a Socket.IO event (2) of the main namespace with an id."""


class Events:
    """The handlers of one server by the names of their events."""

    def __init__(self) -> None:
        self.handlers: dict[str, Handler] = {}

    def parse(self, message: str) -> tuple[Handler, int, Any] | None:
        """Handler, acknowledgement id and payload; None for whatever is not simply that."""
        found = _EVENT.match(message)
        if found is None or (handler := self.handlers.get(found[2])) is None:
            return None
        try:
            values = orjson.loads(message[found.end(1) :])
        except orjson.JSONDecodeError:
            return None
        return handler, int(found[1]), values[1] if len(values) > 1 else None


def acknowledgement(number: int, said: Json) -> bytes:
    """The text of the acknowledgement of the event with this id."""
    return b"43%d" % number + orjson.dumps([said])
