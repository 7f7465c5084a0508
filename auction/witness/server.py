"""The witness over HTTP: `POST /add-checkpoint`, bounded in size, time and number."""

import logging
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from auction.witness.judging import Reply, Witness

PATH = "/add-checkpoint"
MAX_BODY = 64 * 1024
REQUEST_SECONDS = 10.0
IDLE_SECONDS = 75.0
"""How long a kept connection may be silent; a log sends a head every ten seconds."""
CONNECTIONS = 64

log = logging.getLogger(__name__)


class _Handler(BaseHTTPRequestHandler):
    """One connection; kept open between requests (tlog-witness recommends it)."""

    protocol_version = "HTTP/1.1"
    server_version = "tlog-witness"
    sys_version = ""
    timeout = IDLE_SECONDS
    server: "WitnessServer"

    def do_POST(self) -> None:
        if self.path != PATH:
            self._refuse(404, "the address is /add-checkpoint\n")
            return
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdecimal()):
            self._refuse(411, "a Content-Length is needed\n")
        elif len(length) > 9 or int(length) > MAX_BODY:
            self._refuse(413, f"at most {MAX_BODY} bytes\n")
        elif (body := self._body(int(length))) is None:
            self._refuse(408, "the body did not come in time\n")
        else:
            self._answer(self.server.witness.add_checkpoint(body))

    def do_GET(self) -> None:
        self._refuse(405 if self.path == PATH else 404, "only POST /add-checkpoint\n")

    do_HEAD = do_PUT = do_DELETE = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        log.info("%s", format % args)

    def _body(self, length: int) -> bytes | None:
        """The whole body, or None if it did not come within the time, however it drips."""
        until, parts = time.monotonic() + REQUEST_SECONDS, []
        try:
            while length:
                left = until - time.monotonic()
                if left <= 0:
                    return None
                self.connection.settimeout(left)
                part = self.rfile.read1(min(length, 16384))
                if not part:
                    return None
                parts.append(part)
                length -= len(part)
        except OSError:
            return None
        finally:
            self.connection.settimeout(IDLE_SECONDS)
        return b"".join(parts)

    def _refuse(self, status: int, text: str) -> None:
        # A body that was not read would be taken for the next request.
        self.close_connection = True
        self._answer(Reply(status, text))

    def _answer(self, reply: Reply) -> None:
        content = reply.body.encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


class WitnessServer(ThreadingHTTPServer):
    """Serves one witness; more than CONNECTIONS at a time are cut off at once."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], witness: Witness) -> None:
        self.witness = witness
        self._free = threading.BoundedSemaphore(CONNECTIONS)
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.warning("a connection ended early", exc_info=log.isEnabledFor(logging.DEBUG))
