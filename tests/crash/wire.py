"""A line to a server: Socket.IO over one WebSocket, frame by frame, and HTTP beside it.

Spoken by hand so that a run knows what was sent when, and whether an answer came.
"""

import json
import re
import time
from typing import Any

import requests
import websocket

_CSRF = re.compile(r'data-csrf="([^"]+)"')
_OPEN, _JOINED, _PING, _PONG, _EVENT, _ACK = "0", "40", "2", "3", "42", "43"
COOKIE = "floor-session"
Json = dict[str, Any]


class Lost(Exception):
    """The line broke: what became of the request is not known."""


class Silent(Lost):
    """The line held, and still no answer came in time."""


class Socket:
    """One socket with a bidder's session. Used by one thread (or greenlet) at a time."""

    def __init__(self, worker: str, token: str, site: str, timeout: float = 10) -> None:
        """A line to `worker` from a page of `site` (both scheme, host, port). Raises Lost."""
        self.heard: list[tuple[str, Json]] = []
        """What the room was told (`news`, `tick`) and nobody has read yet."""
        self._number = 0
        self._answers: dict[int, Json] = {}
        self._socket = websocket.WebSocket(enable_multithread=False)
        address = worker.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        try:
            self._socket.connect(address, timeout=timeout, cookie=f"{COOKIE}={token}", origin=site)
            assert self._frame(timeout).startswith(_OPEN)
            self._socket.send(_JOINED)
            assert self._frame(timeout).startswith(_JOINED)
        except (OSError, websocket.WebSocketException) as error:
            self.close()
            raise Lost(str(error)) from error

    def send(self, event: str, payload: Json) -> int:
        """Send an event; the number under which its answer will come."""
        self._number += 1
        frame = f"{_EVENT}{self._number}{json.dumps([event, payload], ensure_ascii=False)}"
        self._write(frame)
        return self._number

    def answer(self, number: int, timeout: float) -> Json:
        """The answer to event `number`; Lost if none comes in time."""
        until = time.monotonic() + timeout
        while number not in self._answers:
            try:
                self._take(self._frame(max(until - time.monotonic(), 0.001)))
            except TimeoutError:
                raise Silent("no answer in time") from None
        return self._answers.pop(number)

    def call(self, event: str, payload: Json, timeout: float) -> Json:
        """Send an event and wait for its answer."""
        return self.answer(self.send(event, payload), timeout)

    def listen(self, seconds: float) -> None:
        """Take in what the room is told for a while."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                self._take(self._frame(left))
            except TimeoutError:
                return

    def close(self) -> None:
        self._socket.shutdown()

    def _write(self, frame: str) -> None:
        try:
            self._socket.send(frame)
        except (OSError, websocket.WebSocketException) as error:
            raise Lost(str(error)) from error

    def _frame(self, timeout: float) -> str:
        self._socket.settimeout(timeout)
        try:
            frame = self._socket.recv()
        except websocket.WebSocketTimeoutException:
            raise TimeoutError from None
        except (OSError, websocket.WebSocketException) as error:
            raise Lost(str(error)) from error
        if not frame:
            raise Lost("the server closed the line")
        return frame if isinstance(frame, str) else frame.decode()

    def _take(self, frame: str) -> None:
        if frame == _PING:
            self._write(_PONG)
        elif frame.startswith(_ACK):
            number, _, rest = frame[len(_ACK) :].partition("[")
            self._answers[int(number)] = json.loads("[" + rest)[0]
        elif frame.startswith(_EVENT):
            name, *data = json.loads(frame[len(_EVENT) :])
            if name in ("news", "tick"):
                self.heard.append((name, data[0]))


class Door:
    """The same bidder's HTTP way into one worker."""

    def __init__(self, origin: str, token: str) -> None:
        self._origin = origin
        self._http = requests.Session()
        self._http.cookies.set(COOKIE, token)
        self._http.headers["Accept"] = "application/json"
        self._csrf = ""

    def post(self, path: str, payload: Json, timeout: float) -> tuple[int, Json, str]:
        """Status, answer and raw text of a POST. Lost if none came."""
        if not self._csrf:
            _, _, page = self._ask("GET", "/sign-in", timeout=timeout)
            found = _CSRF.search(page)
            if found is None:
                raise Lost("no form to be had")
            self._csrf = found[1]
        return self._ask(
            "POST", path, timeout=timeout, json=payload, headers={"X-CSRFToken": self._csrf}
        )

    def get(self, path: str, timeout: float) -> tuple[int, Json, str]:
        """Status, answer and raw text of a GET. Lost if none came."""
        return self._ask("GET", path, timeout=timeout)

    def _ask(self, method: str, path: str, **how: Any) -> tuple[int, Json, str]:
        try:
            answer = self._http.request(method, self._origin + path, **how)
        except requests.ReadTimeout as error:
            raise Silent(str(error)) from error
        except requests.RequestException as error:
            raise Lost(str(error)) from error
        try:
            body = answer.json()
        except ValueError:
            body = {}
        return answer.status_code, body, answer.text

    def close(self) -> None:
        self._http.close()
