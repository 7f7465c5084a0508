"""The revocation data in force, read from its table into what the trust store asks.

The table holds bytes that were verified when they were loaded. They are read again as of that
instant, so that a list past its next update still tells whom it named as revoked.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from cryptography import x509
from sqlalchemy import Connection, RowMapping, select

from auction.pki.ocsp import OcspAnswer, verify_ocsp
from auction.pki.revocation import (
    RevocationData,
    RevocationError,
    RevocationList,
    issuer_key,
    verify_list,
)
from auction.services.trust.anchors import Entry
from auction.store.certificates import RevocationRecord
from auction.store.people import Credential
from auction.trading.ports import Offload

log = logging.getLogger(__name__)


def in_force(
    conn: Connection,
    entries: Sequence[Entry],
    known: RevocationData | None = None,
    aside: Offload | None = None,
) -> RevocationData:
    """Every record in force whose issuer stands in `entries`.

    What `known` has read already is taken from there: a long list is verified once in a process,
    by `aside`, because it takes seconds in which bids must still be stamped. A record that cannot
    be used (its issuer was removed since) is left out.
    """
    issuers = _by_key(entries)
    records = RevocationRecord.__table__.c
    found = conn.execute(
        select(records.sha256, records.kind, records.issuer, records.serial, records.loaded_at)
        .where(records.in_force)
        .order_by(records.loaded_at)
    ).mappings()
    read = {} if known is None else {one.sha256: one for one in (*known.lists, *known.answers)}
    lists: list[RevocationList] = []
    answers: list[OcspAnswer] = []
    for row in found:
        issuer = issuers.get(row["issuer"])
        one = None if issuer is None else read.get(row["sha256"])
        if one is None and issuer is not None:
            one = _read(conn, row, issuer, aside or _here)
        if isinstance(one, RevocationList):
            lists.append(one)
        elif one is not None:
            answers.append(one)
    return RevocationData(lists, answers)


def _here(work: Callable[[], Any]) -> Any:
    return work()


def _by_key(entries: Sequence[Entry]) -> dict[str, x509.Certificate]:
    found = {}
    for one in entries:
        if one.facts.key_kind is not None:
            certificate = x509.load_der_x509_certificate(one.facts.der)
            found[issuer_key(certificate)] = certificate
    return found


def _read(
    conn: Connection, row: RowMapping, issuer: x509.Certificate, aside: Offload
) -> RevocationList | OcspAnswer | None:
    records = RevocationRecord.__table__.c
    der = conn.scalar(select(records.der).where(records.sha256 == row["sha256"]))
    assert der is not None
    try:
        if row["kind"] == "crl":
            listed: RevocationList = aside(lambda: verify_list(der, issuer, now=row["loaded_at"]))
            return listed
        certificate = _subject_of(conn, row["serial"], issuer)
        if certificate is not None:
            return verify_ocsp(der, certificate, issuer, now=row["loaded_at"])
    except RevocationError as error:
        log.warning("revocation record %s is left out: %s", row["sha256"], error.code)
    return None


def _subject_of(conn: Connection, serial: str, issuer: x509.Certificate) -> x509.Certificate | None:
    """The enrolled certificate that an answer is about."""
    credentials = Credential.__table__.c
    for der in conn.scalars(select(credentials.certificate).where(credentials.serial == serial)):
        certificate = x509.load_der_x509_certificate(der)
        if certificate.issuer == issuer.subject:
            return certificate
    return None
