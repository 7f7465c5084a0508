"""The evidence bundle of a sale, for `python -m auction.verifier` and others (docs/SPEC.md, 2).

Two kinds: `auditor` holds signed statements, certificates and salts, and so the identities behind
every plate of the log; `public` holds the log and its heads, plates and commitments only. Both
verify to the same root. Neither is made before bidding has ended.
"""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from auction.core.events import CertificateEnded
from auction.core.instants import from_us, to_us
from auction.core.profile import RuleProfile
from auction.core.state import Stage
from auction.ledger import canonical
from auction.ledger.merkle import Frontier, leaf_hash
from auction.pki.statement import purpose_for
from auction.services import evidence, logbook, lots, seats
from auction.services.application_form import committed_text
from auction.services.audit import Ground, NotEnded
from auction.services.audit_ends import revocation_bytes
from auction.services.house import House
from auction.services.unit import writing
from auction.services.verification import examine
from auction.store import journal
from auction.store.anchoring import Cosignature, TimestampToken
from auction.store.base import db
from auction.store.logs import LogCheckpoint
from auction.store.sales import Lot
from auction.store.seats import Evidence, Seat

FORMAT = "auction-bundle/1"
SPEC = Path(__file__).resolve().parents[2] / "docs" / "SPEC.md"
_PURPOSES = ("bid", "answer", "lottery", "confirmation")
"""Statements that stand in a lot's log."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every member, so that the same contents give the same bytes."""


class Kind(StrEnum):
    """Whom a bundle is for."""

    AUDITOR = "auditor"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Opening:
    """By whom and on what ground the identities in an auditor's bundle are opened."""

    by: str
    ground: Ground
    reason: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A signed statement as it came: body, signature, path (SHA-256 of DER), revocation records."""

    purpose: str
    body: str
    signature: bytes
    certificates: tuple[str, ...]
    revocation: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """As it stands in a bundle."""
        return canonical.encode(
            {
                "purpose": self.purpose,
                "body": self.body,
                "signature": base64.b64encode(self.signature).decode(),
                "certificates": self.certificates,
                "revocation": self.revocation,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Everything that goes into a bundle; what only auditors get is empty in a public one."""

    kind: Kind
    lot: str
    origin: str
    leaves: tuple[bytes, ...]
    heads: Mapping[int, str]
    """Size to signed note, with cosignatures."""
    timestamps: Mapping[int, bytes]
    terms: bytes
    notice: bytes
    spec: bytes = b""
    statements: Mapping[str, Kept] = field(default_factory=dict)
    """By the SHA-256 of their bodies."""
    certificates: Mapping[str, bytes] = field(default_factory=dict)
    revocation: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    """SHA-256 to `crl` or `ocsp` and bytes."""
    seats: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Plate to `salt` (hex) and `text`, which its commitment is to."""
    ends: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    """Commitment of a certificate's end to `salt`, `certificate` and `evidence`."""


def pack(contents: Contents, made_us: int) -> bytes:
    """The bundle's bytes; the same for the same contents and instant."""
    members = dict(_members(contents))
    root = Frontier()
    for leaf in contents.leaves:
        root = root.appended(leaf_hash(leaf))
    manifest = {
        "format": FORMAT,
        "kind": str(contents.kind),
        "lot": contents.lot,
        "origin": contents.origin,
        "size": len(contents.leaves),
        "root": root.root().hex(),
        "made_us": made_us,
        "members": {name: hashlib.sha256(data).hexdigest() for name, data in members.items()},
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {"manifest.json": _spelled(manifest), **members}.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _spelled(value: Mapping[str, Any]) -> bytes:
    """Canonical JSON of any length: a manifest is larger than a leaf may be."""
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return plain.encode()


def _members(contents: Contents) -> Iterator[tuple[str, bytes]]:
    yield "events.jsonl", b"".join(leaf + b"\n" for leaf in contents.leaves)
    for size, note in sorted(contents.heads.items()):
        yield f"checkpoints/{size:06d}.note", note.encode()
    for size, token in sorted(contents.timestamps.items()):
        yield f"timestamps/{size:06d}.tsr", token
    yield "rules/terms.json", contents.terms
    yield "rules/terms.txt", _terms_text(contents.terms)
    yield "rules/notice.json", contents.notice
    if contents.spec:
        yield "SPEC.md", contents.spec
    if contents.kind is Kind.PUBLIC:
        return
    for digest, kept in sorted(contents.statements.items()):
        yield f"statements/{digest}.json", kept.to_bytes()
    for digest, der in sorted(contents.certificates.items()):
        yield f"certificates/{digest}.der", der
    for digest, (kind, der) in sorted(contents.revocation.items()):
        yield f"revocation/{digest}.{kind}", der
    # The plates of rehearsals are not ASCII, which keys of canonical JSON must be.
    seats = [{"plate": plate, **seat} for plate, seat in sorted(contents.seats.items())]
    ends = [{"commitment": made, **end} for made, end in sorted(contents.ends.items())]
    yield "salts.json", _spelled({"seats": seats, "ends": ends})


def _terms_text(terms: bytes) -> bytes:
    """The published terms to be read: a line for each parameter, as the hashed JSON has it."""
    found = json.loads(terms)
    lines = [f"lot = {found['lot']}", f"notice (SHA-256) = {found['notice']}", ""]
    for name, value in sorted(found["profile"].items()):
        told = json.dumps(value, ensure_ascii=False)
        at = f"  ({from_us(value):%Y-%m-%d %H:%M:%S} UTC)" if name.endswith("_us") else ""
        lines.append(f"{name} = {told}{at}")
    return "\n".join((*lines, "")).encode()


def make(house: House, lot: Lot, kind: Kind, opening: Opening | None = None) -> bytes:
    """The bundle of a lot whose bidding has ended.

    An auditor's opens identities: `opening` is required, and recorded before anything is opened,
    in the register log as an opening and in the security log as a read. Raises NotEnded, also
    while the result is held: bidding may then go on.
    """
    if lot.ended_at is None or lot.stage == Stage.RESULT_HELD:
        raise NotEnded(lot.slug)
    if kind is Kind.AUDITOR:
        if opening is None:
            raise ValueError("identities are opened on a ground")
        _record(house, lot, opening)
    return pack(contents_of(house, lot, kind), to_us(house.now()))


def file_name(lot: Lot, kind: Kind) -> str:
    """What a bundle is called."""
    return f"{lot.slug}.{kind}.bundle.zip"


def _record(house: House, lot: Lot, opening: Opening) -> None:
    with writing() as session:
        opened = {"lot": lot.slug, "ground": str(opening.ground), "reason": opening.reason}
        logbook.register(house, session, "identity_opened", {"by": opening.by, **opened})
        read = {"by": opening.by, "lot": lot.slug, "page": "bundle"}
        logbook.security(house, session, "audit_read", read)


def contents_of(house: House, lot: Lot, kind: Kind) -> Contents:
    """What the stored lot gives; nothing is verified or mended, that is the verifier's affair."""
    with house.engine.connect() as conn:
        leaves = tuple(leaf.data for leaf in journal.read(conn, lot.log_id))
        heads, timestamps = _heads(conn, lot.log_id)
    content_hash = lot.notice.content_hash
    assert content_hash is not None
    terms, _ = lots.terms_of(RuleProfile.from_dict(lot.terms), lot.code, content_hash)
    common = Contents(
        kind=kind,
        lot=lot.slug,
        origin=lot.log.origin,
        leaves=leaves,
        heads=heads,
        timestamps=timestamps,
        terms=canonical.encode(terms),
        notice=canonical.encode(lot.notice.facts),
        spec=SPEC.read_bytes() if SPEC.exists() else b"",
    )
    return common if kind is Kind.PUBLIC else _with_identities(house, lot, common)


def _heads(conn: Connection, log_id: int) -> tuple[dict[int, str], dict[int, bytes]]:
    notes = select(LogCheckpoint.size, LogCheckpoint.note).where(LogCheckpoint.log_id == log_id)
    heads = {row.size: row.note for row in conn.execute(notes)}
    lines = select(Cosignature.size, Cosignature.line).where(Cosignature.log_id == log_id)
    for row in conn.execute(lines.order_by(Cosignature.size, Cosignature.witness)):
        if row.size in heads:
            heads[row.size] += row.line
    tokens = select(TimestampToken.size, TimestampToken.response)
    found = conn.execute(tokens.where(TimestampToken.log_id == log_id))
    return heads, {row.size: row.response for row in found}


def _with_identities(house: House, lot: Lot, common: Contents) -> Contents:
    statements: dict[str, Kept] = {}
    certificates: dict[str, bytes] = {}
    revocation: dict[str, tuple[str, bytes]] = {}

    def keep_record(sha256: str) -> None:
        found = revocation_bytes(sha256)
        if found is not None:
            revocation[sha256] = found

    for digest in _statement_digests(lot):
        content = evidence.opened(house, digest)
        assert content is not None
        path, records = content["certificates"], content["revocation"]
        assert isinstance(path, list)
        assert isinstance(records, list)
        ders = [base64.b64decode(str(text)) for text in path]
        hashes = [hashlib.sha256(der).hexdigest() for der in ders]
        certificates.update(zip(hashes, ders, strict=True))
        statements[digest] = Kept(
            str(content["purpose"]),
            str(content["body"]),
            base64.b64decode(str(content["signature"])),
            tuple(hashes),
            tuple(map(str, records)),
        )
        for record in map(str, records):
            keep_record(record)
    replayed = examine(house, lot).replayed
    ends: dict[str, dict[str, str | None]] = {}
    for step in replayed.steps:
        event = step.record.event
        if not isinstance(event, CertificateEnded):
            continue
        content = evidence.opened(house, event.certificate)
        if content is not None:
            listed = content["evidence"]
            ends[event.certificate] = {
                "salt": str(content["salt"]),
                "certificate": str(content["certificate"]),
                "evidence": None if listed is None else str(listed),
            }
            if listed is not None:
                keep_record(str(listed))
    return replace(
        common,
        statements=statements,
        certificates=certificates,
        revocation=revocation,
        seats=_seats(house, lot, set(replayed.state.admitted)),
        ends=ends,
    )


def _statement_digests(lot: Lot) -> list[str]:
    """Of every statement of a kind that the log answers, also one that no record answers."""
    purposes = [purpose_for(one, practice=lots.is_practice(lot)) for one in _PURPOSES]
    query = select(Evidence.digest).where(Evidence.lot_id == lot.id, Evidence.purpose.in_(purposes))
    return list(db.session.scalars(query.order_by(Evidence.digest)))


def _seats(house: House, lot: Lot, admitted: set[str]) -> dict[str, dict[str, str]]:
    """What the commitments in the log are to; of bidders who never entered it, nothing."""
    found = {}
    for seat in db.session.scalars(select(Seat).where(Seat.lot_id == lot.id)):
        if seat.plate not in admitted:
            continue
        content = house.sealer.open(seat.sealed, seats.seat_context(lot, seat.pseudonym))
        assert isinstance(content, dict)
        parties = json.loads(str(content["form"]))["parties"]
        found[seat.plate] = {"salt": str(content["salt"]), "text": committed_text(parties)}
    return found
