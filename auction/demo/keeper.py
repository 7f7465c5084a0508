"""Keeps the demonstration running: the server, which it starts again when it is killed, and the
robots beside it.

`make run` starts this; Ctrl-C ends all of it. It is not a production supervisor.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from auction.services.demo_control import KEEPER
from config import Settings

ROOT = Path(__file__).resolve().parents[2]
PAUSE_SECONDS = 2.0
"""A visible gap, so that people see the line break and come back."""


def main() -> int:
    """Run the server until it ends by itself or this process is told to stop."""
    settings = Settings.from_environment()
    if _taken(settings.host, settings.port):
        sys.stderr.write(
            f"Port {settings.port} is in use. Another one: PORT={settings.port + 1} make run\n"
        )
        return 1
    running = [
        _start("wsgi.py"),
        _start("-m", "auction.demo.robots", settings.origin, str(settings.data_dir)),
    ]
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        for process in running:
            process.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while True:
        code = running[0].wait()
        if stopping:
            return 0
        if code != -signal.SIGKILL:
            running[1].terminate()
            return code
        sys.stderr.write("The server was killed (kill -9). It starts again from the log.\n")
        time.sleep(PAUSE_SECONDS)
        running[0] = _start("wsgi.py")


def _start(*arguments: str) -> "subprocess.Popen[bytes]":
    # A session of its own: Ctrl-C reaches the keeper only, which then ends the others in order.
    return subprocess.Popen(  # noqa: S603 - our own files
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | {KEEPER: "1"},
        start_new_session=True,
    )


def _taken(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


if __name__ == "__main__":
    sys.exit(main())
