"""The servers that are compared: the product on either socket path, the floor, the naive way."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.databases import database
from bench.house import Installation

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 30
STOP_SECONDS = 15
BIDS_PER_SECOND = "10000"
"""No bidder is to meet the limit that keeps one person from flooding a real sale."""
SOCKET_PATH = "AUCTION_SOCKET_PATH"
PEERS = {"floor": "bench.floor", "naive": "bench.naive"}
NAIVE = {"GEVENT_LOOP": "libuv"}
"""gevent's usual loop hands out what became ready in one pass backwards: of bids that rise with
their arrival it would accept the last and refuse the rest. With libuv the order is kept."""


@dataclass(slots=True)
class Server:
    """A server under measurement: one process, or several that serve different lots."""

    name: str
    ports: list[int]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    sampled: bool = False

    def mark(self) -> None:
        """Everybody is connected: what is sampled begins here."""
        for process in self.processes if self.sampled else ():
            process.send_signal(signal.SIGUSR1)

    def cpu_seconds(self) -> float:
        """Processor time that its processes have used."""
        times = [psutil.Process(p.pid).cpu_times() for p in self.processes]
        return sum(t.user + t.system for t in times)


@contextmanager
def serve(
    name: str,
    made: Installation,
    folder: Path,
    *,
    workers: int = 1,
    environ: dict[str, str] | None = None,
    profile: Path | None = None,
) -> Iterator[Server]:
    """`name` (direct, stock, floor, naive) serving a fresh copy of an installation.

    With `profile` the product says in that file where its processor time went.
    """
    folder.mkdir(parents=True)
    server = Server(name, [_free_port() for _ in range(workers)], sampled=profile is not None)
    with ExitStack() as stack:
        if name in PEERS:
            url = stack.enter_context(database(made.kind, folder))
            base = [sys.executable, "-m", PEERS[name]]
            roll = folder / "roll.json"
            made.roll.save(roll)
            commands = [[*base, str(port), url, str(roll)] for port in server.ports]
            environments = [NAIVE if name == "naive" else {} for _ in server.ports]
        else:
            used = stack.enter_context(made.copy(folder / "data"))
            python = [sys.executable]
            if profile is not None:
                python += ["-m", "bench.sampled", str(profile)]
            commands = [[*python, str(ROOT / "wsgi.py")] for _ in server.ports]
            shared = used.environment() | {
                SOCKET_PATH: "stock" if name == "stock" else "auto",
                "AUCTION_BIDS_PER_SECOND": BIDS_PER_SECOND,
            }
            if workers > 1:
                shared["AUCTION_REDIS_URL"] = stack.enter_context(_redis(folder))
            environments = [shared | {"AUCTION_PORT": str(port)} for port in server.ports]
        out = stack.enter_context((folder / "server.log").open("wb"))
        stack.callback(_stop, server.processes)
        for command, more, port in zip(commands, environments, server.ports, strict=True):
            server.processes.append(
                subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=os.environ | more | (environ or {}),
                    stdout=out,
                    stderr=out,
                )
            )
            # One after the other: the first makes what the next finds.
            _await(server.processes[-1], port, folder / "server.log")
        yield server


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """A Redis of the benchmark's own: channels of a shared one reach every installation on it."""
    port = _free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen(
        [*command, "--appendonly", "no", "--dir", str(folder)], stdout=subprocess.DEVNULL
    )
    try:
        _await(process, port, None)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        _stop([process])


def _await(process: subprocess.Popen[bytes], port: int, log: Path | None) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(log.read_text("utf-8") if log is not None else "it does not start")


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
