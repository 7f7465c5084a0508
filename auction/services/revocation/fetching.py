"""Fetching from an address that officers configured: bounded in time, size and reach.

For revocation data only. Nothing that stands in a certificate is ever fetched, no proxy is used,
and a redirect leads nowhere but to the same host.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final
from urllib.parse import urljoin, urlsplit

REDIRECTS: Final = 2
_CHUNK: Final = 64 * 1024
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_AGENT: Final = "land-auction-revocation/1"


FAULTS: Final = frozenset(
    {
        "SOURCE_MALFORMED",
        "SOURCE_UNREACHABLE",
        "SOURCE_TIMEOUT",
        "SOURCE_STATUS",
        "SOURCE_REDIRECT",
        "SOURCE_TOO_LARGE",
        "SOURCE_BROKEN",
    }
)


class SourceError(Exception):
    """Nothing usable came; `code` is one of FAULTS."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def fetch(
    url: str,
    *,
    limit: int,
    seconds: float,
    body: bytes | None = None,
    content_type: str | None = None,
) -> bytes:
    """What `url` (http or https) answers with status 200, at most `limit` bytes.

    With a `body` it is sent by POST. `seconds` bounds the whole, from the connection to the last
    byte, however slowly the other side drips. Raises SourceError.
    """
    until = time.monotonic() + seconds
    for _ in range(REDIRECTS + 1):
        answer = _ask(url, limit, until, body, content_type)
        if isinstance(answer, bytes):
            return answer
        if body is not None:
            break
        url = _followed(url, answer)
    raise SourceError("SOURCE_REDIRECT")


def _ask(
    url: str, limit: int, until: float, body: bytes | None, content_type: str | None
) -> bytes | str:
    """The answer's body, or where it redirects to."""
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise SourceError("SOURCE_MALFORMED")
    headers = {"User-Agent": _AGENT, "Accept": "*/*", "Connection": "close"}
    if content_type is not None:
        headers["Content-Type"] = content_type
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with _connection(url, until) as (connection, cut):
        try:
            connection.connect()
            cut.socket = connection.sock
            connection.request("GET" if body is None else "POST", path, body, headers)
            response = connection.getresponse()
            if response.status in _MOVED:
                return response.getheader("Location") or ""
            if response.status != http.client.OK:
                raise SourceError("SOURCE_STATUS")
            content = _read(response, limit)
        except (OSError, http.client.HTTPException, ValueError) as fault:
            if cut.late or isinstance(fault, TimeoutError):
                raise SourceError("SOURCE_TIMEOUT") from fault
            broken = isinstance(fault, http.client.HTTPException)
            raise SourceError("SOURCE_BROKEN" if broken else "SOURCE_UNREACHABLE") from fault
    if cut.late:  # what was cut off may look like the end of an answer without a length
        raise SourceError("SOURCE_TIMEOUT")
    return content


class _Cut:
    """Ends a connection: a timeout counts from byte to byte only, and a source may drip."""

    def __init__(self) -> None:
        self.late = False
        self.socket: socket.socket | None = None

    def __call__(self) -> None:
        self.late = True
        if self.socket is not None:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)


@contextmanager
def _connection(url: str, until: float) -> Iterator[tuple[http.client.HTTPConnection, _Cut]]:
    """A connection, not open yet, that is cut at `until`."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    left = until - time.monotonic()
    if left <= 0:
        raise SourceError("SOURCE_TIMEOUT")
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=left, context=context
        )
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=left)
    cut = _Cut()
    watch = threading.Timer(left, cut)
    watch.daemon = True
    watch.start()
    try:
        yield connection, cut
    finally:
        watch.cancel()
        connection.close()


def _read(response: http.client.HTTPResponse, limit: int) -> bytes:
    if response.length is not None and response.length > limit:
        raise SourceError("SOURCE_TOO_LARGE")
    parts: list[bytes] = []
    size = 0
    while chunk := response.read1(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise SourceError("SOURCE_TOO_LARGE")
        parts.append(chunk)
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    return b"".join(parts)


def _followed(url: str, location: str) -> str:
    """The address that a redirect names, if it is of the same host; at most from http to https."""
    try:
        target = urljoin(url, location)
        before, after = urlsplit(url), urlsplit(target)
        ports = [part.port or _DEFAULT_PORTS.get(part.scheme) for part in (before, after)]
    except ValueError:
        raise SourceError("SOURCE_REDIRECT") from None
    upgraded = ports == [80, 443] and (before.scheme, after.scheme) == ("http", "https")
    same = before.scheme == after.scheme and ports[0] == ports[1]
    if before.hostname != after.hostname or not (same or upgraded):
        raise SourceError("SOURCE_REDIRECT")
    return target
