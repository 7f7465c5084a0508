"""Two roles side by side in one browser: the same site mounted again under `/seat/<letter>`.

A mount has its own session cookie, path and socket, so that one person can sit on two chairs.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

_SEAT = re.compile(r"^(/seat/[ab])(/.*)$")


class Seats:
    """WSGI middleware that moves `/seat/a` from the path into the mount point."""

    def __init__(self, wsgi_app: Callable[..., Iterable[bytes]]) -> None:
        self._wsgi_app = wsgi_app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve one request at its seat."""
        found = _SEAT.match(environ.get("PATH_INFO", ""))
        if found is not None:
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + found[1]
            environ["PATH_INFO"] = found[2]
        return self._wsgi_app(environ, start_response)
