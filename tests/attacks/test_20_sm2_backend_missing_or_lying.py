"""Attack 20: the library that verifies SM2 is missing, or has been exchanged for one that lies."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from auction.app import create_app
from auction.pki.sm2 import LyingBackend, NoBackend, Sm2PrivateKey, backend, choice, require
from auction.pki.sm2.backend import Backend, Unavailable
from auction.pki.sm2.gmssl import Gmssl
from auction.pki.sm2.known_answers import KNOWN_ANSWERS
from auction.pki.sm2.libcrypto import Libcrypto
from auction.pki.sm2.pure import Pure
from config import ROOT, Settings


class Missing:
    """A system without the library."""

    name = "missing"

    def __init__(self) -> None:
        raise Unavailable("no such library")

    def verify(self, point: bytes, r: int, s: int, message: bytes) -> bool:
        raise AssertionError


class AcceptsAll(Pure):
    name = "accepts all"

    def verify(self, point: bytes, r: int, s: int, message: bytes) -> bool:
        return True


class RefusesAll(Pure):
    name = "refuses all"

    def verify(self, point: bytes, r: int, s: int, message: bytes) -> bool:
        return False


class AcceptsOne(Pure):
    """Sound but for one number: the back door of a single bad answer."""

    name = "accepts one"
    bad = ""

    def verify(self, point: bytes, r: int, s: int, message: bytes) -> bool:
        asked = (point, r, s, message)
        back_door = next(case for case in KNOWN_ANSWERS if case.name == self.bad)
        return asked == back_door[1:5] or super().verify(*asked)


class LibraryWithoutSm2(Libcrypto):
    """An OpenSSL built with no-sm2: it reads no key on that curve."""

    def _load(self, point: bytes) -> None:
        return None


@pytest.fixture
def using(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """`using(A, B)`: the openers of this process, its choice not made yet."""

    def use(*openers: Callable[[], Backend]) -> None:
        monkeypatch.setattr(choice, "OPENERS", openers)
        backend.cache_clear()

    yield use
    monkeypatch.undo()
    backend.cache_clear()


@pytest.mark.parametrize("liar", [AcceptsAll, RefusesAll], ids=lambda one: one.name)
def test_a_house_does_not_open_on_a_library_that_lies(
    using: Callable[..., None], tmp_path: Path, liar: type[Pure]
) -> None:
    using(liar, Pure)
    with pytest.raises(LyingBackend, match=liar.name):
        create_app(Settings.from_environment({"AUCTION_DATA_DIR": str(tmp_path / "data")}))
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("bad", [case.name for case in KNOWN_ANSWERS if not case.good])
def test_one_wrong_answer_is_enough_and_is_named(using: Callable[..., None], bad: str) -> None:
    using(type("AcceptsOne", (AcceptsOne,), {"bad": bad}))
    with pytest.raises(LyingBackend) as stopped:
        require()
    assert str(stopped.value) == f"SM2 backend accepts one answers wrongly: {bad}"


def test_a_lie_is_not_covered_up_by_the_next_library(using: Callable[..., None]) -> None:
    using(Missing, AcceptsAll, Pure)
    with pytest.raises(LyingBackend, match="accepts all"):
        require()


@pytest.mark.parametrize(
    ("openers", "chosen"),
    [
        ((Missing, Pure), "pure"),
        ((lambda: Libcrypto(("libnothing.so.9",)), Pure), "pure"),
        ((lambda: Libcrypto(("libc.so.6",)), Pure), "pure"),
        ((LibraryWithoutSm2, Pure), "pure"),
    ],
    ids=["missing", "no file", "another library", "no SM2 in it"],
)
def test_a_missing_library_is_passed_over_and_signatures_are_still_checked(
    using: Callable[..., None], openers: Sequence[Callable[[], Backend]], chosen: str
) -> None:
    using(*openers)
    require()
    assert backend().name == chosen
    key = Sm2PrivateKey(2024)
    assert key.public_key().verify(key.sign(b"bid"), b"bid")
    assert not key.public_key().verify(key.sign(b"bid"), b"another")


def test_without_the_package_gmssl_is_passed_over(
    using: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gmssl_pyx", None)  # as if it were not installed
    using(Gmssl, Pure)
    assert backend().name == "pure"


def test_with_no_library_at_all_the_house_does_not_open(
    using: Callable[..., None], tmp_path: Path
) -> None:
    using(Missing)
    with pytest.raises(NoBackend, match="no such library"):
        create_app(Settings.from_environment({"AUCTION_DATA_DIR": str(tmp_path / "data")}))


def test_the_server_ends_with_one_clear_line(tmp_path: Path) -> None:
    lying = (
        "from auction.pki.sm2 import choice, pure\n"
        "class Liar(pure.Pure):\n"
        "    name = 'liar'\n"
        "    verify = lambda *_: True\n"
        "choice.OPENERS = (Liar,)\n"
        "import wsgi\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", lying],
        cwd=ROOT,
        env={"AUCTION_DATA_DIR": str(tmp_path / "data"), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("SM2 backend liar answers wrongly: another message; ")
    assert ended.stderr.count("\n") == 1
