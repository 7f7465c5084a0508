"""Commands about certificates: judge one as sign-in would, make demo ones to try things with."""

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NoReturn

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from auction.core.workdays import BEIJING
from auction.pki import files
from auction.pki.chain import Anchor, CertificateError, Step, TrustStore
from auction.pki.crl import LIST_LIMIT
from auction.pki.demo import folder
from auction.pki.examination import ANY_USE, Piece, Verdict, examine
from auction.pki.ocsp import ANSWER_LIMIT
from auction.pki.statement import PRACTICE, PURPOSES
from auction.presenting import verdicts
from auction.services.house import House, current_house
from auction.services.trust.store import load

REFUSED, UNUSABLE = 1, 2

KINDS: Final = {"p-256": "P-256", "rsa": "RSA-2048", "sm2": "SM2"}
_PASSWORD: Final = "demo1234"  # noqa: S105 - printed beside the files it opens
_EXAMPLE: Final = "2024-11-11T14:30:00+08:00"
_YEARS: Final = range(1950, 9999)
"""What X.509 can name, without the last year: times are shifted by zone and by tolerance."""
_PEM_GROWTH: Final = 2
"""How much larger than its content a PEM file may be."""
_FILE = click.Path(path_type=Path)

pki = AppGroup("pki", help="Certificates: judge one, make demo ones.")


@pki.command()
@click.argument("certificate", type=_FILE)
@click.option("--intermediate", "intermediates", type=_FILE, multiple=True, help="issued it")
@click.option(
    "--anchor", "anchors", type=_FILE, multiple=True, help="default: the installation's own"
)
@click.option("--crl", "lists", type=_FILE, multiple=True, help="a revocation list")
@click.option("--ocsp", "answers", type=_FILE, multiple=True, help="an OCSP answer")
@click.option("--at", "instant", help=f"ISO time, e.g. {_EXAMPLE}; without a zone Beijing time")
@click.option("--purpose", help="login, bid, …; without it extended key usage is not judged")
@click.option("--json", "as_json", is_flag=True, help="for machines")
def verify(
    certificate: Path,
    intermediates: Sequence[Path],
    anchors: Sequence[Path],
    lists: Sequence[Path],
    answers: Sequence[Path],
    instant: str | None,
    purpose: str | None,
    as_json: bool,
) -> None:
    """Judge CERTIFICATE as sign-in would, and tell each step.

    Files are PEM or DER; further certificates in CERTIFICATE count as intermediates. Where a list
    or an OCSP answer is given, one must answer for the certificate. Exit status: 0 accepted,
    1 refused, 2 unusable input.
    """
    house = current_house()
    at = house.now() if instant is None else _instant(instant)
    if purpose is not None and purpose not in PURPOSES:
        known = ", ".join(one for one in PURPOSES if not one.startswith(PRACTICE))
        _unusable(f"--purpose {purpose}: not one of {known}; each also as {PRACTICE}…")
    leaf, *above = _certificates(certificate)
    above += [der for path in intermediates for der in _certificates(path)]
    given = [der for path in anchors for der in _certificates(path)]
    pieces = [
        *(Piece("crl", _shown(path), der) for path in lists for der in _lists(path)),
        *(Piece("ocsp", _shown(path), der) for path in answers for der in _answers(path)),
    ]
    try:
        store = _given_store(house, given) if given else _own_store(house)
    except CertificateError as refusal:
        steps = refusal.steps or (Step("anchor", str(refusal.data.get("subject", ""))),)
        verdict, anchors_asked = Verdict(None, refusal, steps, ()), given
    else:
        anchors_asked = [one.der for one in store.anchors]
        verdict = examine(store, leaf, above, pieces, at=at, purpose=purpose or ANY_USE)
    found = verdicts.as_data(verdict, leaf, anchors_asked, at=at, purpose=purpose, own=not given)
    _say(json.dumps(found, ensure_ascii=False, indent=1) if as_json else verdicts.as_text(found))
    if verdict.refusal is not None:
        sys.exit(REFUSED)


@pki.command("demo-ca")
@click.option("--out", type=_FILE, required=True, help="a folder, new or empty")
@click.option(
    "--kind", "kinds", type=click.Choice(list(KINDS)), multiple=True, help="default: all three"
)
@click.option("--name", default=folder.NAME, show_default=True, help="the bidder's name")
@click.option("--password", default=_PASSWORD, show_default=True, help="opens the key files")
@click.option("--days", type=click.IntRange(1, 3000), default=365, show_default=True)
def demo_ca(out: Path, kinds: Sequence[str], name: str, password: str, days: int) -> None:
    """Write demo authorities with people, key files (.pfx), revocation lists and OCSP answers.

    Everything is marked as rehearsal; production refuses it.
    """
    now = current_house().now()
    chosen = [kind for kind in KINDS if kind in kinds or not kinds]
    try:
        if out.exists() and any(out.iterdir()):
            _unusable(f"{_shown(out)} is not empty; demo certificates go into a new one", "write")
        folders = [
            folder.write(out / kind, KINDS[kind], now=now, password=password, name=name, days=days)
            for kind in chosen
        ]
        told = _guide(out, folders, password)
        (out / "README.txt").write_text(told, "utf-8")
    except OSError as error:
        _unusable(f"{_shown(out)}: {error.strerror or error}", "write")
    except ValueError as error:
        _unusable(f"--name or --password: {error}", "write")
    _say(told)


def _guide(out: Path, folders: Sequence[folder.Written], password: str) -> str:
    """What was written, what opens it and how to try it; it stays with the files."""
    rows = "\n".join(
        f"  {one.folder.name + '/':<7} {one.kind:<9} "
        f"{sum(name.endswith('.pfx') for name in one.files)} key files"
        for one in folders
    )
    first = _shown(out / folders[0].folder.name)
    missing = any(one.without_rc2 for one in folders)
    rc2 = "not written: needs the openssl program" if missing else "40-bit RC2 and 3DES"
    return f"""\
Demo certificates: 演练, for trying only. Production refuses all of them.

{_shown(out)}
{rows}

In each folder
  root.crt, issuing.crt         the authority; root.key and issuing.key are its private keys
  bidder.pfx                    a bidder in good standing
  bidder-chinese-password.pfx   the same; opens with {folder.CHINESE_PASSWORD}
  bidder-legacy-3des.pfx        the same as older programs write it: 3DES (not SM2)
  bidder-legacy-rc2.pfx         the same: {rc2} (not SM2)
  revoked.pfx, expired.pfx      bidders whose certificate is revoked, or has expired
  officer.pfx                   somebody to appoint
  issuing.crl, root.crl         revocation lists
  bidder.ocsp, revoked.ocsp     OCSP answers: good, revoked
Key files open with {password} where nothing else is said.

To sign in with them to a demonstration, copy a root.crt into AUCTION_ANCHORS_DIR and restart it.
To look at one:
  flask --app wsgi pki verify {first}/bidder.crt \\
    --intermediate {first}/issuing.crt --anchor {first}/root.crt \\
    --crl {first}/issuing.crl --purpose login
"""


def _own_store(house: House) -> TrustStore:
    try:
        return load(house)
    except DBAPIError:  # no database yet, or it is away: what stands in files the house has read
        _say("note: there is no database to read; only anchors from files are asked", err=True)
        return house.trust


def _given_store(house: House, anchors: Sequence[bytes]) -> TrustStore:
    return TrustStore(map(Anchor, anchors), allow_demo=house.site.demo)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:  # what people type here, and what is printed
            instant = instant.replace(tzinfo=BEIJING)
        instant = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        _unusable(f"--at {text}: not an ISO time; write it like {_EXAMPLE}")
    if instant.year not in _YEARS:
        _unusable(f"--at {text}: no certificate speaks of that time; write it like {_EXAMPLE}")
    return instant


def _certificates(path: Path) -> list[bytes]:
    return _read(path, files.CERTIFICATES_LIMIT, files.certificates)


def _lists(path: Path) -> list[bytes]:
    return _read(path, _PEM_GROWTH * LIST_LIMIT, files.revocation_lists)


def _answers(path: Path) -> list[bytes]:
    return _read(path, _PEM_GROWTH * ANSWER_LIMIT, files.ocsp_answers)


def _read(path: Path, limit: int, parse: Callable[[bytes], list[bytes]]) -> list[bytes]:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise files.NotSuch(f"larger than {limit} bytes")
        return parse(data)
    except (OSError, ValueError) as error:  # ValueError also: a name with a zero byte
        _unusable(f"{_shown(path)}: {getattr(error, 'strerror', None) or error}")


def _shown(path: Path) -> str:
    return click.format_filename(path)


def _unusable(message: str, doing: str = "check") -> NoReturn:
    _say(f"cannot {doing}: {verdicts.printable(message)}", err=True)
    sys.exit(UNUSABLE)


def _say(text: str, *, err: bool = False) -> None:
    """Print, also where the terminal lacks a character, instead of ending in a traceback."""
    encoding = (sys.stderr if err else sys.stdout).encoding or "utf-8"
    click.echo(text.encode(encoding, "backslashreplace").decode(encoding), err=err)
