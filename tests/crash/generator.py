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

ANSWER_SECONDS = 40
ASK_AGAIN_SECONDS = 0.5
QUEUED = "QUEUED"
"""The bid is in and its arrival stands; the same statement sent again asks for the verdict."""


def main() -> None:
    asked = json.loads(sys.stdin.readline())
    opening = [gevent.spawn(_open, one, asked["slug"]) for one in asked["sockets"]]
    sockets = [job.get() for job in opening]
    _say({"connected": len(sockets)})
    for line in sys.stdin:
        wave = json.loads(line)
        bids = zip(sockets, wave["payloads"], wave["at"], strict=True)
        jobs = [gevent.spawn(_bid, *bid) for bid in bids]
        _say({"answers": [job.get() for job in jobs]})


def _open(one: dict[str, str], slug: str) -> Socket:
    socket = Socket(one["worker"], one["token"], one["site"], timeout=30)
    told = socket.call("join", {"lot": slug, "practice": True, "after": 0}, ANSWER_SECONDS)
    assert told["ok"], told
    return socket


def _bid(socket: Socket, payload: dict[str, str], at: float) -> dict[str, Any]:
    """Send at the instant `at`; when it was really sent, the answer (None: silence), and when."""
    socket.listen(at - time.time() - 0.5)
    socket.heard.clear()
    time.sleep(max(0.0, at - time.time()))
    sent = time.time()
    try:
        while (answer := socket.call("bid", payload, ANSWER_SECONDS)).get("code") == QUEUED:
            time.sleep(ASK_AGAIN_SECONDS)
    except Lost:
        answer = None
    return {"sent": sent, "answer": answer, "after": time.time() - sent}


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
