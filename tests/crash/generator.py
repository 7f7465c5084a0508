"""A process that holds many bidders' sockets and sends each statement at its instant.

Speaks lines of JSON with the run that started it: first the sockets to open, then each wave.
"""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402 - patching comes first
import sys  # noqa: E402
import time  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
from crash.wire import Lost, Socket  # noqa: E402
from gevent.fileobject import FileObject  # noqa: E402
from gevent.queue import Queue  # noqa: E402

ANSWER_SECONDS = 40
ASK_AGAIN_SECONDS = 0.5
LISTEN_SECONDS = 0.5
QUEUED = "QUEUED"
"""The bid is in and its arrival stands; the same statement sent again asks for the verdict."""


def main() -> None:
    # Reading the pipe must not hold up the sockets, which answer pings meanwhile.
    orders = FileObject(sys.stdin.buffer, "rb")
    asked = json.loads(orders.readline())
    opening = [gevent.spawn(_open, one, asked["slug"]) for one in asked["sockets"]]
    sockets = [socket for job in opening if (socket := job.get()) is not None]
    _say({"connected": len(sockets)})
    bidders = [_Bidder(socket) for socket in sockets]
    for line in orders:
        wave = json.loads(line)
        for bidder, payload, at in zip(bidders, wave["payloads"], wave["at"], strict=True):
            bidder.orders.put((payload, at))
        _say({"answers": [bidder.answers.get() for bidder in bidders]})


class _Bidder:
    """One socket, always listening, and bidding when told to."""

    def __init__(self, socket: Socket) -> None:
        self.orders: Queue[tuple[dict[str, str], float]] = Queue()
        self.answers: Queue[dict[str, Any]] = Queue()
        self._socket = socket
        gevent.spawn(self._run)

    def _run(self) -> None:
        while True:
            try:
                if self.orders.empty():
                    self._socket.listen(LISTEN_SECONDS)
                    self._socket.heard.clear()
                    continue
                answer = _bid(self._socket, *self.orders.get())
            except Lost as lost:
                self.orders.get()
                answer = {"sent": time.time(), "answer": {"code": f"LOST {lost}"}, "after": 0.0}
            self.answers.put(answer)


def _open(one: dict[str, str], slug: str) -> Socket | None:
    """A socket in the lot's room; None if nobody let it in."""
    try:
        socket = Socket(one["worker"], one["token"], one["site"], timeout=ANSWER_SECONDS)
        told = socket.call("join", {"lot": slug, "practice": True, "after": 0}, ANSWER_SECONDS)
    except Lost:
        return None
    return socket if told["ok"] else None


def _bid(socket: Socket, payload: dict[str, str], at: float) -> dict[str, Any]:
    """Send at the instant `at`; when it was really sent, the answer, and after how many seconds."""
    socket.listen(at - time.time() - LISTEN_SECONDS)
    socket.heard.clear()
    time.sleep(max(0.0, at - time.time()))
    sent = time.time()
    try:
        while (answer := socket.call("bid", payload, ANSWER_SECONDS)).get("code") == QUEUED:
            time.sleep(ASK_AGAIN_SECONDS)
    except Lost as lost:
        answer = {"code": f"LOST {lost}"}
    return {"sent": sent, "answer": answer, "after": time.time() - sent}


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
