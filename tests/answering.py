"""Server processes that answer sign-ins as they are told, for tests that need several at once.

They come from one process that has loaded the application, so that a further one costs nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from auction.app import create_app
from auction.pki.chain import CertificateError
from auction.pki.statement import Signed, StatementError
from auction.services.people import SignInError
from auction.services.sessions import signing_in
from config import Settings

READY = "ready"
Answer = tuple[Signed, str, str]
"""A signed challenge, its nonce, and the binding of the browser that sends it."""


class Servers:
    """Processes of which each takes one answer, all in the same moment."""

    def __init__(self, lines: Sequence["Connection[Any, Any]"]) -> None:
        self._lines = lines

    def __call__(self, answers: Sequence[Answer]) -> list[str]:
        """What became of each, sorted: the name of what sign-in returned, or the reason code."""
        for line, answer in zip(self._lines, answers, strict=True):
            line.send(answer)
        return sorted(line.recv() for line in self._lines)


@contextmanager
def servers(count: int, environment: dict[str, str]) -> Iterator[Servers]:
    """So many processes of an installation, ready to answer."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["auction.app", "answering"])
    pairs = [context.Pipe() for _ in range(count)]
    made = [context.Process(target=_serve, args=(theirs, environment)) for _, theirs in pairs]
    ours = [line for line, _ in pairs]
    try:
        for process in made:
            process.start()
        assert [line.recv() for line in ours] == [READY] * count
        yield Servers(ours)
        for line in ours:
            line.send(None)
    finally:
        for process in made:
            process.join(timeout=10)
            process.kill()
        for pair in pairs:
            for line in pair:
                line.close()


def _serve(line: "Connection[Any, Any]", environment: dict[str, str]) -> None:
    app = create_app(Settings.from_environment(environment))
    house = app.extensions["auction"]
    line.send(READY)
    while (asked := line.recv()) is not None:
        with app.app_context():
            try:
                line.send(type(signing_in.sign_in(house, *asked)).__name__)
            except (StatementError, CertificateError, SignInError) as error:
                line.send(str(error.code))
