"""A server of direct_server.py in a process of its own, and bare WebSockets to it."""

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import websocket
from geventwebsocket.websocket import Header
from live_server import free_port

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "tests" / "direct_server.py"
ANSWER_SECONDS = 20
FIN = 0x80


@dataclass
class Server:
    """One server process."""

    log_file: Path
    path: str = "auto"
    redis: str | None = None
    ping: float = 15
    send_buffer: int = 0
    certificate: Path | None = None
    key: Path | None = None
    port: int = field(default_factory=free_port)
    pages: list["Page"] = field(default_factory=list)
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Server":
        settings = {
            "port": self.port,
            "path": self.path,
            "redis": self.redis,
            "ping": self.ping,
            "send_buffer": self.send_buffer,
            "certificate": self.certificate and str(self.certificate),
            "key": self.key and str(self.key),
        }
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gevent.monkey", str(PROGRAM), json.dumps(settings)],
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )
        for _ in range(200):
            assert self._process.poll() is None, self.log()
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return self
            except ConnectionRefusedError:
                time.sleep(0.05)
        raise AssertionError(self.log())

    def stop(self) -> None:
        for page in self.pages:
            page.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=10)

    def log(self) -> str:
        return self.log_file.read_text("utf-8")

    def page(self, receive_buffer: int = 0) -> "Page":
        """A connected page; a small receive buffer makes it a slow one while it does not read."""
        made = Page(self, receive_buffer)
        self.pages.append(made)
        return made


class Page:
    """A client that reads only when it is asked to."""

    def __init__(self, server: Server, receive_buffer: int) -> None:
        option = (socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        scheme = "ws" if server.certificate is None else "wss"
        self.line = websocket.create_connection(
            f"{scheme}://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket",
            timeout=ANSWER_SECONDS,
            sockopt=[option] if receive_buffer else [],
            sslopt={"cert_reqs": 0} if server.certificate else None,
        )
        self.told: list[dict[str, Any]] = []
        self.next_id = 0
        assert self.line.recv().startswith("0{")
        self.line.send("40")
        assert self.line.recv().startswith("40{")

    def ask(self, event: str, *payload: Any) -> int:
        """Send an event and do not wait; the id of its acknowledgement."""
        self.next_id += 1
        self.line.send(f"42{self.next_id}" + json.dumps([event, *payload], separators=(",", ":")))
        return self.next_id

    def call(self, event: str, *payload: Any) -> Any:
        return self.answer(self.ask(event, *payload))

    def answer(self, number: int) -> Any:
        """Read up to this acknowledgement; what is told before it is kept."""
        while True:
            kind, value = self.read()
            if kind == number:
                return value

    def read(self) -> tuple[int | str, Any]:
        """The next acknowledgement `(id, value)` or event `(name, data)`; pings are answered."""
        while True:
            text = self.line.recv()
            assert isinstance(text, str)
            if text == "2":
                self.line.send("3")
            elif text.startswith("43"):
                start = text.index("[")
                values = json.loads(text[start:])
                return int(text[2:start]), values[0] if values else None
            elif text.startswith("42"):
                name, data = json.loads(text[2:])
                self.told.append(data)
                return name, data
            else:
                return text, None

    def hear(self, number: int) -> list[int]:
        """Read until so many messages were told; their numbers."""
        while len(self.told) < number:
            self.read()
        return [one["n"] for one in self.told]

    def send_raw(self, data: bytes) -> None:
        self.line.sock.sendall(data)

    def end(self) -> int | None:
        """Read to the end; the code of the close frame, None without one, 0 for one without."""
        try:
            while True:
                opcode, body = self.line.recv_data(control_frame=True)
                if opcode == websocket.ABNF.OPCODE_CLOSE:
                    return int.from_bytes(body[:2], "big")
        except (websocket.WebSocketConnectionClosedException, ConnectionResetError):
            return None

    def reset(self) -> None:
        """Vanish without a word."""
        linger = (1).to_bytes(4, sys.byteorder) + bytes(4)
        self.line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.line.shutdown()

    def close(self) -> None:
        self.line.shutdown()


def client_frame(
    opcode: int, payload: bytes, *, head: int = FIN, mask: bytes = b"\x01z\xff\0"
) -> bytes:
    """A frame as a client builds it; `head` has the first byte's upper bits."""
    built = bytearray(Header.encode_header(True, opcode, mask, len(payload), 0))
    built[0] = head | opcode
    if not mask:
        return bytes(built) + payload
    header = Header(length=len(payload))
    header.mask = mask
    return bytes(built) + bytes(header.mask_payload(payload))
