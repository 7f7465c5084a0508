"""Keeps the demonstration's server running: killed in a round, it comes back by itself.

`make run` starts this; Ctrl-C ends both. It is not a production supervisor.
"""

import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[2]
PAUSE_SECONDS = 2.0
"""A visible gap, so that people see the line break and come back."""


def main() -> int:
    """Run the server until it ends by itself or this process is told to stop."""
    server = _start()
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        server.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while True:
        code = server.wait()
        if stopping:
            return 0
        if code != -signal.SIGKILL:
            return code
        sys.stderr.write("The server was killed (kill -9). It starts again from the log.\n")
        time.sleep(PAUSE_SECONDS)
        server = _start()


def _start() -> "subprocess.Popen[bytes]":
    # A session of its own: Ctrl-C reaches the keeper only, which then ends the server in order.
    command = [sys.executable, str(ROOT / "wsgi.py")]
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True)  # noqa: S603 - our own file


if __name__ == "__main__":
    sys.exit(main())
