"""Settings of one installation, read once from the environment.

Every missing or wrong value is reported at once, by the name of its variable. Demo mode fills
in what a newcomer cannot know; production mode demands it and refuses everything that is demo.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent
PREFIX = "AUCTION_"
_DATABASE_URL = re.compile(r"sqlite:///\S+|postgresql\+psycopg://\S*/\S+")
# As browsers write an origin, and as it stands in every signed statement (`aud`).
_ORIGIN = re.compile(r"https?://([0-9a-z.-]+|\[[0-9a-f:]+\])(:[1-9][0-9]{0,4})?")
_BRIDGE_NAME = re.compile(r"[A-Za-z0-9._-]{1,32}")
_BRIDGE_URL = re.compile(
    r"wss?://(127\.0\.0\.1|localhost|\[::1\]):([0-9]{1,5})(/[A-Za-z0-9._~/-]*)?"
)


class SettingsError(ValueError):
    """The environment does not describe an installation that can be started."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(["cannot start:", *(f"  - {p}" for p in problems)]))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an installation is; immutable, passed in, never read from a global."""

    mode: Literal["demo", "production"]
    data_dir: Path
    database_url: str
    origin: str
    """Scheme, host and port that bidders see; the `aud` of every signed statement."""
    host: str
    port: int
    log_origin: str
    """Prefix of the names of the logs (C2SP tlog-checkpoint origin lines)."""
    agency_zh: str
    agency_en: str
    anchors_dir: Path
    redis_url: str | None
    socket_path: Literal["auto", "stock"]
    """How live sockets are served: `auto` directly where that was tested, `stock` never so."""
    trusted_proxies: int
    metrics_token: str | None
    """What a machine sends to read the metrics; without one they are closed in production."""
    bids_per_second: int
    """How many bids one bidder may send."""
    session_idle_minutes: int
    session_hours: int
    practice_listing_seconds: int
    practice_countdown_seconds: int
    soft_keys: bool
    """Whether certificate files (.pfx) may be opened in the page, instead of a hardware key."""
    bridges: tuple[tuple[str, str], ...]
    """Programs on the users' computers that speak to their keys: name, WebSocket address."""
    revocation_seconds: int
    """How often the configured sources of revocation data are asked."""
    witnesses: tuple[tuple[str, str], ...]
    """Independent witnesses of the logs: verifier string, address (http or https)."""
    witness_quorum: int
    """How many of them must have signed a head before it counts as anchored."""
    tsa: tuple[str, Path] | None
    """Timestamp authority: address, and the PEM file with its certificate and those above it."""

    @property
    def demo(self) -> bool:
        return self.mode == "demo"

    @property
    def keys_dir(self) -> Path:
        """Keys of the installation; backed up apart from the database."""
        return self.data_dir / "keys"

    @property
    def secure(self) -> bool:
        return self.origin.startswith("https://")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """The settings that `environ` (default: the process's) describes.

        Raises SettingsError naming every variable that is missing or wrong.
        """
        return _Reader(os.environ if environ is None else environ).settings()


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def settings(self) -> Settings:
        mode = self.text("MODE", "demo")
        if mode not in ("demo", "production"):
            self.problems.append(f"{PREFIX}MODE is {mode!r}; it must be demo or production")
        production = mode == "production"
        socket_path = self.text("SOCKET_PATH", "auto")
        if socket_path not in ("auto", "stock"):
            self.problems.append(f"{PREFIX}SOCKET_PATH must be auto or stock")
        data_dir = Path(self.text("DATA_DIR", str(ROOT / "var"))).resolve()
        port = self.number("PORT", int(self.environ.get("PORT", "8000") or 0), 1, 65535)
        origin = self.text("ORIGIN", None if production else f"http://127.0.0.1:{port}")
        self.check_origin(origin, production)
        soft_keys = self.text("SOFT_KEYS", "refused" if production else "allowed")
        if soft_keys not in ("allowed", "refused"):
            self.problems.append(f"{PREFIX}SOFT_KEYS must be allowed or refused")
        witnesses = self.witnesses(production)
        quorum = (1, len(witnesses)) if witnesses else (0, 0)
        database_url = self.text(
            "DATABASE_URL", None if production else f"sqlite:///{data_dir}/auction.sqlite3"
        )
        if database_url and not _DATABASE_URL.fullmatch(database_url):
            self.problems.append(
                f"{PREFIX}DATABASE_URL must be sqlite:///FILE or "
                "postgresql+psycopg://USER:PASSWORD@HOST:PORT/DATABASE"
            )
        settings = Settings(
            mode="production" if production else "demo",
            data_dir=data_dir,
            database_url=database_url,
            origin=origin,
            host=self.text("HOST", "127.0.0.1"),
            port=port,
            log_origin=self.text("LOG_ORIGIN", None if production else "land-floor.example"),
            agency_zh=self.text("AGENCY_ZH", "西宁市公共资源交易中心"),
            agency_en=self.text("AGENCY_EN", "Xining Public Resource Trading Centre"),
            anchors_dir=Path(self.text("ANCHORS_DIR", str(data_dir / "anchors"))).resolve(),
            redis_url=self.environ.get(PREFIX + "REDIS_URL") or None,
            socket_path="stock" if socket_path == "stock" else "auto",
            trusted_proxies=self.number("TRUSTED_PROXIES", 0, 0, 5),
            metrics_token=self.environ.get(PREFIX + "METRICS_TOKEN") or None,
            bids_per_second=self.number("BIDS_PER_SECOND", 20, 1, 10_000),
            session_idle_minutes=self.number("SESSION_IDLE_MINUTES", 60, 5, 720),
            session_hours=self.number("SESSION_HOURS", 12, 1, 48),
            practice_listing_seconds=self.number("PRACTICE_LISTING_SECONDS", 600, 20, 86400),
            practice_countdown_seconds=self.number("PRACTICE_COUNTDOWN_SECONDS", 60, 15, 1800),
            soft_keys=soft_keys == "allowed",
            bridges=self.bridges(),
            revocation_seconds=self.number("REVOCATION_SECONDS", 300, 10, 86400),
            witnesses=witnesses,
            witness_quorum=self.number("WITNESS_QUORUM", len(witnesses), *quorum),
            tsa=self.tsa(),
        )
        if self.problems:
            raise SettingsError(self.problems)
        return settings

    def text(self, name: str, default: str | None) -> str:
        value = self.environ.get(PREFIX + name, "").strip() or default
        if value is None:
            self.problems.append(f"{PREFIX}{name} is not set")
            return ""
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        raw = self.environ.get(PREFIX + name, "").strip()
        try:
            value = int(raw) if raw else default
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            self.problems.append(f"{PREFIX}{name} must be a whole number from {low} to {high}")
        return value

    def bridges(self) -> tuple[tuple[str, str], ...]:
        """`name=ws://127.0.0.1:PORT[/path]`, comma-separated; on the user's own computer only."""
        found: dict[str, str] = {}
        for item in filter(
            None, map(str.strip, self.environ.get(PREFIX + "BRIDGES", "").split(","))
        ):
            name, _sep, url = item.partition("=")
            address = _BRIDGE_URL.fullmatch(url)
            if not _BRIDGE_NAME.fullmatch(name) or not address or not 0 < int(address[2]) < 65536:
                self.problems.append(
                    f"{PREFIX}BRIDGES: {item!r} is not name=ws://127.0.0.1:PORT[/path] "
                    "(letters, digits, . _ - in the name; loopback addresses only)"
                )
            elif name in found:
                self.problems.append(f"{PREFIX}BRIDGES names {name} twice")
            else:
                found[name] = url
        return tuple(found.items())

    def witnesses(self, production: bool) -> tuple[tuple[str, str], ...]:
        """`name+hash+key http://host[:port][/prefix]`, comma-separated."""
        found: dict[str, str] = {}
        for item in self.environ.get(PREFIX + "WITNESSES", "").split(","):
            if not (parts := item.split()):
                continue
            if len(parts) != 2 or not _is_address(parts[1]):
                self.problems.append(
                    f"{PREFIX}WITNESSES: {item.strip()!r} is not a verifier string, a space and an "
                    "address (http or https, without query)"
                )
            elif production and not _is_guarded(parts[1]):
                # Refusals are not signed: whoever forges one keeps the server from starting.
                self.problems.append(f"{PREFIX}WITNESSES: {parts[1]} must be https in production")
            elif parts[0] in found:
                self.problems.append(f"{PREFIX}WITNESSES names {parts[0]} twice")
            else:
                found[parts[0]] = parts[1].rstrip("/")
        return tuple(found.items())

    def tsa(self) -> tuple[str, Path] | None:
        url, file = (
            self.environ.get(PREFIX + n, "").strip() for n in ("TSA_URL", "TSA_CERTIFICATE")
        )
        if not url and not file:
            return None
        if not url or not file:
            self.problems.append(f"{PREFIX}TSA_URL and {PREFIX}TSA_CERTIFICATE belong together")
        elif not _is_address(url):
            self.problems.append(f"{PREFIX}TSA_URL must be an http or https address")
        return url, Path(file).resolve()

    def check_origin(self, origin: str, production: bool) -> None:
        if not origin:
            return
        if not _ORIGIN.fullmatch(origin):
            self.problems.append(
                f"{PREFIX}ORIGIN must be scheme://host[:port] in lower case, without a path "
                "(a name in another script as xn--)"
            )
        elif production and not origin.startswith("https://"):
            self.problems.append(f"{PREFIX}ORIGIN must be https in production")


def _is_guarded(url: str) -> bool:
    """Whether nobody between can change what comes from there."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in ("127.0.0.1", "::1", "localhost")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = not parts.query and not parts.fragment and parts.username is None
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0 and plain
