"""The program under its real entry point, in a process of its own that can be killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """One server process: its data in `folder`, its port, and what else its environment says."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What is set for this server, apart from what every process inherits."""
        own = {"AUCTION_DATA_DIR": str(self.folder), "AUCTION_PORT": str(self.port)}
        return own | self.settings

    @property
    def _log(self) -> Path:
        return self.folder / f"server-{self.port}.log"

    def flask(self, *arguments: str) -> str:
        """Run a command of the application on this server's data; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=ROOT,
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> None:
        """Start the process and wait until it answers."""
        self.launch()
        self.wait_until_it_answers()

    def launch(self) -> None:
        """Start the process; it does not answer yet."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "wsgi.py"],
                cwd=ROOT,
                env=os.environ | self.environment,
                stdout=log,
                stderr=log,
            )

    def wait_until_it_answers(self) -> None:
        assert self.process is not None
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log()
            try:
                if requests.get(self.origin + "/sign-in", timeout=5).ok:
                    return
            except requests.RequestException:
                time.sleep(0.05)
        raise AssertionError(self.log())

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """kill -9: no chance to finish anything, nothing is said to anybody."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=10)

    def stop(self) -> int | None:
        """Ask the server to end in order; its exit code, None if it did not run."""
        if not self.running:
            return None
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=20)

    def log(self) -> str:
        """The end of what the server wrote."""
        return self._log.read_text("utf-8", errors="replace")[-6000:]
