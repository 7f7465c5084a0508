"""What a crash run kills: server processes, and a PostgreSQL of its own that may be shot too.

Nothing here touches a service of the machine: PostgreSQL and Redis run on ports and folders of
this run alone.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from live_server import Server, free_port

ANSWER_SECONDS = 30


class Missing(Exception):
    """A program that the run needs is not installed; the message says which."""


class Postgres:
    """A private PostgreSQL cluster with the durability that it has by default."""

    def __init__(self) -> None:
        self._bin = _postgres_programs()
        # A server refuses to run as root; a private folder of pytest could not be entered then.
        self._user = "postgres" if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="floor-pg-"))
        if self._user:
            shutil.chown(self.folder, self._user)
        self.port = free_port()
        self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
        with (self.folder / "data" / "postgresql.conf").open("a") as conf:
            conf.write(
                f"port = {self.port}\nlisten_addresses = '127.0.0.1'\n"
                f"unix_socket_directories = '{self.folder}'\nfsync = on\n"
                "synchronous_commit = on\nmax_connections = 80\n"
            )
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "start")

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def restart(self, mode: str, pause: float = 0.0) -> None:
        """Stop as `mode` says (`fast` ends sessions, `immediate` is a crash) and start again
        after `pause` seconds."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")
        time.sleep(pause)
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "start")

    def remove(self) -> None:
        """Stop the cluster and delete its folder."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        told = self.folder / "tools.log"
        with told.open("ab") as log:  # the server that pg_ctl leaves behind would hold a pipe open
            done = subprocess.run(
                [str(self._bin / program), "-D", str(self.folder / "data"), *arguments],
                cwd=self.folder,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
                user=self._user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=120,
            )
        assert done.returncode == 0, told.read_text()


class Redis:
    """A private Redis that keeps nothing: the message queue between workers."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise Missing("no redis-server on this machine (apt install redis-server)")
        self.port = free_port()
        self._process = subprocess.Popen(
            [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""],
            stdout=subprocess.DEVNULL,
        )

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def remove(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)


@dataclass
class House:
    """One installation: the processes that serve it, all with the same data and origin."""

    workers: list[Server]
    postgres: Postgres | None = None
    restarts: list[float] = field(default_factory=list)
    """Seconds from kill to the first answer."""

    @property
    def origin(self) -> str:
        """What bidders sign as the site's address: one for all workers, as behind a proxy."""
        return self.workers[0].origin

    def start(self) -> None:
        """Start every worker that does not run, and wait until all of them answer."""
        idle = [worker for worker in self.workers if not worker.running]
        for worker in idle:
            worker.launch()
        for worker in idle:
            worker.wait_until_it_answers()

    def kill(self, which: list[int]) -> None:
        """kill -9 these workers at one moment, and start them again."""
        began = time.monotonic()
        for number in which:
            self.workers[number].kill()
        self.start()
        self.restarts.append(time.monotonic() - began)


@contextmanager
def on_sqlite(folder: Path) -> Iterator[House]:
    """One server on an SQLite file; not started."""
    folder.mkdir(parents=True, exist_ok=True)
    yield from _serving(House([Server(folder)]))


@contextmanager
def on_postgres(folder: Path, workers: int = 2) -> Iterator[House]:
    """Workers on a PostgreSQL of their own, with Redis between them; not started."""
    folder.mkdir(parents=True, exist_ok=True)
    redis = Redis()
    try:
        postgres = Postgres()
        try:
            ports = [free_port() for _ in range(workers)]
            settings = {
                "AUCTION_DATABASE_URL": postgres.url,
                "AUCTION_REDIS_URL": redis.url,
                "AUCTION_ORIGIN": f"http://127.0.0.1:{ports[0]}",
            }
            servers = [Server(folder, settings, port) for port in ports]
            yield from _serving(House(servers, postgres))
        finally:
            postgres.remove()
    finally:
        redis.remove()


def _serving(house: House) -> Iterator[House]:
    house.workers[0].flask("init")
    try:
        yield house
    finally:
        for worker in house.workers:
            worker.stop()


def _postgres_programs() -> Path:
    """The folder of PostgreSQL's own programs, which Debian keeps out of the search path."""
    found = [Path(p).parent for p in (shutil.which("initdb"), shutil.which("pg_ctl")) if p]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in found:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise Missing("no PostgreSQL programs on this machine (apt install postgresql)")
