"""The dossier of one bid: everything that the logs and the kept evidence say of one attempt.

Before the end of bidding the signed statement stays sealed: what the bidder had seen and whether
the signature is good is then not known here, and the dossier says so. Nothing in a dossier names
a bidder; the certificate is told by its fingerprint, key and issuer.
"""

import hashlib
import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from sqlalchemy import select

from auction.core import events as e
from auction.core.instants import EPOCH
from auction.core.state import LotState
from auction.ledger.checkpoint import check_code
from auction.ledger.errors import LedgerError
from auction.ledger.merkle import Tree
from auction.ledger.receipt import Receipt, ReceiptError, verify
from auction.pki import statement as st
from auction.pki.chain import CertificateError
from auction.pki.keys import certificate_key, key_kind, signature_is_good
from auction.pki.statement import Statement, StatementError
from auction.services import evidence
from auction.services.anchored import Seen, of_lot
from auction.services.auditing.search import BIDS
from auction.services.house import House
from auction.services.logcheck import Entry
from auction.services.lots import is_practice
from auction.services.replay import Step
from auction.services.sessions.signed_in import issuer_name
from auction.services.verification import Examination, examine
from auction.store import journal
from auction.store.base import db
from auction.store.logs import LogEntry
from auction.store.sales import Lot

AROUND = timedelta(minutes=10)
"""Other attempts of the same plate within this time are told too."""
NEIGHBOURS = 2
_BID = e.BidAccepted | e.BidRefused | e.BidUnheard
_STATEMENT = re.compile(r"[0-9a-f]{64}")
_PLACE = re.compile(r"([0-9A-Za-z][0-9A-Za-z._-]{0,59}):([1-9][0-9]{0,14})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """The proof that the record lies under a signed head, made and verified just now."""

    receipt: Receipt
    size: int
    check_code: str
    holds: bool
    fault: str


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison on the kept statement; `name` says which, `detail` what was found."""

    name: str
    good: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class HeadSeen:
    """What the bidder had seen when signing: the head that his statement names (`prev`), the state
    after that many records, and whether the log really had that root then."""

    size: int
    root: str
    known: bool
    at: datetime | None
    state: LotState | None
    lead: int | None


@dataclass(frozen=True, slots=True)
class Opened:
    """The kept statement of a bid, opened after the end, with everything checked again."""

    body: str
    fields: dict[str, str]
    signed_at: datetime | None
    """By the signer's own clock, whole seconds: advisory."""
    fingerprint: str
    issuer: str
    key: str
    not_before: datetime
    not_after: datetime
    revocation: tuple[str, ...]
    """SHA-256 of the lists or answers on which the certificate counted as good."""
    checks: tuple[Check, ...]
    seen: HeadSeen | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """One attempt. `opened` is None while it is sealed, or if no statement was kept (`kept`)."""

    lot: Lot
    found: Examination
    entry: Entry
    step: Step
    event: _BID
    inclusion: Inclusion | None
    sealed: bool
    kept: bool
    opened: Opened | None
    neighbours: tuple[Step, ...]
    attempts: tuple[Step, ...]
    anchors: tuple[Seen, ...]
    """Others' signatures over heads that cover the record: by then at the latest it stood."""


def locate(receipt: str) -> tuple[Lot, int] | None:
    """Lot and number of the bid with this statement hash (64 hex digits), or at `<lot>:<number>`.

    The log's own records are looked through, not the rows that pages read.
    """
    if place := _PLACE.fullmatch(receipt):
        lot = db.session.scalar(select(Lot).where(Lot.slug == place[1]))
        return None if lot is None else (lot, int(place[2]))
    if not _STATEMENT.fullmatch(receipt):
        return None
    query = (
        select(Lot, LogEntry.seq)
        .join(LogEntry, LogEntry.log_id == Lot.log_id)
        .where(LogEntry.type.in_(sorted(BIDS)))
        .execution_options(yield_per=1_000)
        .add_columns(LogEntry.leaf)
        .order_by(Lot.id, LogEntry.seq)
    )
    needle = f'"statement":"{receipt}"'.encode()
    with db.session.execute(query) as rows:
        return next(((lot, seq) for lot, seq, leaf in rows if needle in leaf), None)


def open_dossier(house: House, lot: Lot, seq: int) -> Dossier | None:
    """The dossier of bid `seq`; None if that record is no bid, or none that can be read.

    The caller records the reading first.
    """
    found = examine(house, lot)
    step = found.step(seq)
    if step is None or not isinstance(step.record.event, _BID):
        return None
    event = step.record.event
    at = next(i for i, entry in enumerate(found.entries) if entry.seq == seq)
    sealed = lot.ended_at is None
    kept = None if sealed else evidence.opened(house, event.statement)
    steps = found.steps
    place = steps.index(step)
    return Dossier(
        lot=lot,
        found=found,
        entry=found.entries[at],
        step=step,
        event=event,
        inclusion=_inclusion(house, lot, found, seq),
        sealed=sealed,
        kept=kept is not None,
        opened=None if kept is None else _opened(house, lot, step, event, kept, found),
        neighbours=(
            *steps[max(place - NEIGHBOURS, 0) : place],
            *steps[place + 1 : place + 1 + NEIGHBOURS],
        ),
        attempts=_attempts(steps, step, event.plate),
        anchors=_anchors(house, lot, seq),
    )


def _anchors(house: House, lot: Lot, seq: int) -> tuple[Seen, ...]:
    found = of_lot(house, lot)
    all_of_them = (*found.witnesses, *(() if found.stamp is None else (found.stamp,)))
    covering = (one for one in all_of_them if one.valid and one.size >= seq)
    return tuple(sorted(covering, key=lambda one: one.at))


def _attempts(steps: Sequence[Step], mine: Step, plate: str) -> tuple[Step, ...]:
    return tuple(
        step
        for step in steps
        if step is not mine
        and isinstance(step.record.event, _BID)
        and step.record.event.plate == plate
        and abs(step.record.arrival - mine.record.arrival) <= AROUND
    )


def _inclusion(house: House, lot: Lot, found: Examination, seq: int) -> Inclusion | None:
    """None if no signed head covers the record, or records before it are missing."""
    signed = journal.checkpoint(db.session.connection(), lot.log_id, seq)
    if signed is None or len(found.entries) < signed[0] or found.entries[seq - 1].seq != seq:
        return None
    size, note = signed
    tree = Tree(entry.hash for entry in found.entries[:size])
    proof = tuple(tree.inclusion_proof(seq - 1, size))
    receipt = Receipt(seq - 1, found.entries[seq - 1].data, proof, note)
    try:
        # Read back from its own text: what a bidder would hold is what is verified.
        verify(Receipt.from_text(receipt.to_text()), house.log_key(found.origin).verifier)
    except ReceiptError as error:
        return Inclusion(receipt, size, _code(note), False, str(error))
    return Inclusion(receipt, size, _code(note), True, "")


def _code(note: str) -> str:
    try:
        return check_code(note)
    except LedgerError:
        return "-"


# --- the statement, after the end -------------------------------------------------------------


def _opened(
    house: House, lot: Lot, step: Step, event: _BID, kept: Mapping[str, object], found: Examination
) -> Opened:
    body = str(kept["body"]).encode("ascii", "replace")
    purpose = str(kept["purpose"])
    certificates = kept["certificates"]
    assert isinstance(certificates, list)
    path = [b64decode(str(text)) for text in certificates]
    certificate = x509.load_der_x509_certificate(path[0])
    key = certificate_key(certificate)
    try:
        statement: Statement | None = st.parse(purpose, body)
    except StatementError:
        statement = None
    fields = dict(statement.fields) if statement else {}
    fingerprint = hashlib.sha256(path[0]).hexdigest()
    signature = b64decode(str(kept["signature"]))
    payload_type = st.PURPOSES[purpose][0] if purpose in st.PURPOSES else purpose
    good = key is not None and signature_is_good(key, signature, st.pae(payload_type, body))
    wanted = {
        "lot": lot.slug,
        "plate": st.signed_plate(event.plate),
        "amount": str(event.amount_fen),
        "rules": step.before.rules,
        "cert": fingerprint,
    }
    differs = [name for name, value in wanted.items() if fields.get(name) != value]
    seen = _seen(fields, found)
    checks = [
        Check("hash", st.digest(body) == event.statement, event.statement),
        Check("purpose", purpose == st.purpose_for("bid", practice=is_practice(lot)), purpose),
        Check("fields", not differs, "、".join(differs)),
        Check("signature", good, "-" if key is None else key_kind(key)),
        _path_check(house, path, step.record.arrival, purpose),
        Check("seen", seen is not None and seen.known, fields.get("prev", "-")),
    ]
    revocation = kept.get("revocation")
    iat = fields.get("iat")
    return Opened(
        body=body.decode("ascii"),
        fields=fields,
        signed_at=EPOCH + timedelta(seconds=int(iat)) if iat else None,
        fingerprint=fingerprint,
        issuer=issuer_name(path[0]),
        key="-" if key is None else key_kind(key),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        revocation=tuple(map(str, revocation)) if isinstance(revocation, list) else (),
        checks=tuple(checks),
        seen=seen,
    )


def _path_check(house: House, path: list[bytes], at: datetime, purpose: str) -> Check:
    """The certificate's path to an anchor of today's trust store, at the bid's arrival."""
    try:
        valid = house.trust.validate(path[0], path[1:-1], at, purpose)
    except CertificateError as error:
        return Check("path", False, str(error.code))
    return Check("path", True, valid.anchor[:16])


def _seen(fields: dict[str, str], found: Examination) -> HeadSeen | None:
    prev = fields.get("prev")
    if prev is None:
        return None
    size_text, root = prev.split(":")
    size = int(size_text)
    entries = found.entries
    dense = len(entries) >= size and (size == 0 or entries[size - 1].seq == size)
    known = dense and Tree(entry.hash for entry in entries[:size]).root().hex() == root
    last = found.step(size)
    after = found.step(size + 1)
    lead = after.lead if after is not None else None
    return HeadSeen(
        size,
        root,
        known,
        None if last is None else last.record.sequenced,
        None if last is None else last.after,
        lead,
    )
