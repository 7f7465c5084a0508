"""A folder to try certificates with: one demo authority, its people, their key files, its lists.

Everything in it is marked as rehearsal, so production refuses all of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509

from auction.pki.demo import pkcs12, pkcs12_legacy
from auction.pki.demo.authority import DemoCA, pem
from auction.pki.private_files import write_private_file
from auction.pki.softkey import SoftKey

CHINESE_PASSWORD: Final = "演练密码"  # noqa: S105 - printed beside the file it opens
NAME: Final = "演练竞买有限公司"
_AUTHORITY_AGE: Final = timedelta(days=400)
"""So that the expired certificate was once valid under an authority that was, too."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a certificate: in which file, under which name, valid from when to when."""

    file: str
    name: str
    org_id: str
    """A made-up unified social credit code, its check character right (GB 32100-2015)."""
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in a folder now."""

    folder: Path
    kind: str
    files: tuple[str, ...]
    without_rc2: bool
    """There is no RC2 file because the `openssl` program, which alone writes it, is missing."""


def people(now: datetime, name: str, days: int) -> tuple[Person, ...]:
    """The cast: a bidder in good standing, a revoked one, an expired one, an officer."""
    day = timedelta(days=1)
    start, end = now - 30 * day, now + days * day
    return (
        Person("bidder", name, "91630100MA7YANQA5P", start, end),
        Person("revoked", "演练吊销有限公司", "91630100MA7YANQB3J", start, end),
        Person("expired", "演练过期有限公司", "91630100MA7YANQC1D", now - 300 * day, now - day),
        Person("officer", "演练经办人", "12630100MB0YANQA6N", start, end),
    )


def write(
    folder: Path, kind: str, *, now: datetime, password: str, name: str, days: int
) -> Written:
    """Make an authority of `kind` and write it with its people into `folder`.

    Every key file opens with `password` but the one that says otherwise. `days` is how long
    certificates, lists and answers last. Raises FileExistsError unless the folder is new or empty,
    OSError, and ValueError for a name that X.509 cannot carry.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    authority = DemoCA.create(None, now - _AUTHORITY_AGE, kind)
    authority.save(folder)
    serials: dict[str, int] = {}
    without_rc2 = False
    for person in people(now, name, days):
        key, serials[person.file] = SoftKey.generate(kind=kind), x509.random_serial_number()
        key.certificate = authority.issue(
            person.name,
            person.org_id,
            key.public_key,
            person.not_before,
            person.not_after,
            serials[person.file],
        )
        (folder / f"{person.file}.crt").write_bytes(pem("CERTIFICATE", key.certificate))
        for file, content in _key_files(person, key, authority, password):
            if content is None:
                without_rc2 = True
            else:
                write_private_file(folder / file, content)
    _write_status(folder, authority, serials, now, now + timedelta(days=days))
    return Written(folder, kind, tuple(sorted(one.name for one in folder.iterdir())), without_rc2)


def _key_files(
    person: Person, key: SoftKey, authority: DemoCA, password: str
) -> Iterator[tuple[str, bytes | None]]:
    chain = [authority.intermediate, authority.anchor]
    pkcs8, own = key.private_pkcs8(), key.certificate
    yield (
        f"{person.file}.pfx",
        pkcs12.modern(pkcs8, own, chain, name=person.name, password=password),
    )
    if person.file != "bidder":
        return
    yield (
        "bidder-chinese-password.pfx",
        pkcs12.modern(pkcs8, own, chain, name=person.name, password=CHINESE_PASSWORD),
    )
    if key.kind == "SM2":  # no program has ever written SM2 keys in the old forms
        return
    for file, written in (
        ("bidder-legacy-3des.pfx", pkcs12_legacy.triple_des),
        ("bidder-legacy-rc2.pfx", pkcs12_legacy.rc2),
    ):
        yield file, written(pkcs8, own, chain, name=person.name, password=password)


def _write_status(
    folder: Path, authority: DemoCA, serials: dict[str, int], now: datetime, until: datetime
) -> None:
    revoked_at = now - timedelta(days=1)
    issuing = authority.crl({serials["revoked"]: revoked_at}, number=1, now=now, next_update=until)
    root = authority.crl({}, number=1, now=now, next_update=until, of="root")
    (folder / "issuing.crl").write_bytes(issuing)
    (folder / "root.crl").write_bytes(root)
    good = authority.ocsp(serials["bidder"], "good", now=now, next_update=until)
    (folder / "bidder.ocsp").write_bytes(good)
    revoked = authority.ocsp(
        serials["revoked"], "revoked", now=now, next_update=until, revoked_at=revoked_at
    )
    (folder / "revoked.ocsp").write_bytes(revoked)
