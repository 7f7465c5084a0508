"""09 bidder signatures and binding: who signed what, by a certificate that the log cannot make."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from auction.verifier import canonical, certificates, revocation, signatures, statements
from auction.verifier.context import Context
from auction.verifier.faults import Finding, Malformed, Unusable
from auction.verifier.notes import unbase64
from auction.verifier.report import Result
from auction.verifier.rules.replay import BIDS, Record
from auction.verifier.statements import PRACTICE, Statement

STATEMENT_LIMIT = 64 * 1024
PATHS_LIMIT = 2000
"""Certificates of signers, with the paths that came with them."""
SALTS_LIMIT = 64 * 1024 * 1024
_PURPOSES = {
    **dict.fromkeys(BIDS, "bid"),
    "ask_answered": "answer",
    "lottery_joined": "lottery",
    "confirmation_signed": "confirmation",
}
_FIELDS = {"body", "certificates", "purpose", "revocation", "signature"}
_HASH = re.compile(r"[0-9a-f]{64}")
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE = re.compile(r"(?<![0-9A-Za-z])[0-9A-HJ-NPQRTUWXY]{18}(?![0-9A-Za-z])")


@dataclass
class _Work:
    """What is remembered from one statement to the next."""

    context: Context
    paths: dict[tuple[str, ...], certificates.Path | str] = field(default_factory=dict)
    answers: dict[tuple[str, tuple[str, ...], int], str] = field(default_factory=dict)
    seats: dict[str, Any] = field(default_factory=dict)
    ends: dict[str, Any] = field(default_factory=dict)
    behind: dict[str, set[str]] = field(default_factory=dict)
    """Certificate to the plates that it bid for."""
    sides: dict[str, str] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    """Certificate to the record of its end."""


def signatures_and_binding(context: Context) -> Result:
    """Every statement in the log is there, signed for just this, by the holder of its plate."""
    if context.bundle.kind == "public":
        return Result.not_made(9, "NO_STATEMENTS")
    work = _Work(context)
    found = list(_salts(work))
    signed = 0
    for record in context.records:
        if record.kind == "admitted":
            what = _commitment(work, record.data)
        elif record.kind == "certificate_ended":
            what = _end_of_certificate(work, record)
        elif record.kind in _PURPOSES:
            signed += 1
            what = _statement(work, record)
        else:
            continue
        if what is not None:
            found.append(Finding(9, "PERSON", record.seq, what))
    found += _left_over(context)
    return Result.of(9, signed, found)


def _salts(work: _Work) -> Iterator[Finding]:
    """Read salts.json; its faults."""
    data = work.context.bundle.members.get("salts.json")
    if data is None:
        yield Finding(9, "SALTS", None, "salts.json is missing")
        return
    try:
        found = canonical.read(data, SALTS_LIMIT)
        work.seats = _by_name(found["seats"], "plate")
        work.ends = _by_name(found["ends"], "commitment")
    except (Malformed, KeyError) as error:
        yield Finding(9, "SALTS", None, f"salts.json: {error}")


def _by_name(listed: object, name: str) -> dict[str, Any]:
    """Objects by one of their texts, each once. Raises Malformed."""
    if not isinstance(listed, list):
        raise Malformed("another shape")
    found: dict[str, Any] = {}
    for one in listed:
        key = one.get(name) if isinstance(one, dict) else None
        if not isinstance(key, str) or key in found:
            raise Malformed(f"a {name} that is missing or stands twice")
        found[key] = one
    return found


def _opens(salt: object, text: object, committed: object) -> bool:
    if not isinstance(salt, str) or not isinstance(text, str) or not _HASH.fullmatch(salt):
        return False
    whole = bytes.fromhex(salt) + text.encode("utf-8", "surrogatepass")
    return sha256(whole).hexdigest() == committed


def _commitment(work: _Work, data: dict[str, Any]) -> str | None:
    seat = work.seats.get(data["plate"])
    if not isinstance(seat, dict):
        return f"the commitment of plate {data['plate']} is not opened"
    if not _opens(seat.get("salt"), seat.get("text"), data["commitment"]):
        return f"plate {data['plate']} was committed to somebody else"
    return None


def _end_of_certificate(work: _Work, record: Record) -> str | None:
    data = record.data
    opened = work.ends.get(data["certificate"])
    if not isinstance(opened, dict):
        return "the end of a certificate is not opened"
    salt, fingerprint, listed = (opened.get(n) for n in ("salt", "certificate", "evidence"))
    if not _opens(salt, fingerprint, data["certificate"]):
        return "the end of a certificate was committed to another one"
    if data["evidence"] is not None:
        if not _opens(salt, listed, data["evidence"]):
            return "the end of a certificate was committed to other evidence"
        members = work.context.bundle.members
        if not any(f"revocation/{listed}.{kind}" in members for kind in ("crl", "ocsp")):
            return "the evidence of a certificate's end is missing"
    work.ended.setdefault(str(fingerprint), record.seq)
    return None


def _statement(work: _Work, record: Record) -> str | None:
    """What is wrong with the statement that a record names; None if nothing."""
    members = work.context.bundle.members
    data = members.get(f"statements/{record.data['statement']}.json")
    if data is None:
        return "the signed statement is missing"
    try:
        kept = canonical.read(data, STATEMENT_LIMIT)
        if set(kept) != _FIELDS:
            raise Malformed("a kept statement of another shape")
        body, signature = kept["body"], kept["signature"]
        if not isinstance(body, str) or not isinstance(signature, str):
            raise Malformed("a kept statement of another shape")
        raw = body.encode("ascii", "replace")
        if statements.digest(raw) != record.data["statement"]:
            raise Malformed("the statement is another one than the record names")
        opening = work.context.opening
        practice = PRACTICE if opening is not None and opening["practice"] else ""
        if kept["purpose"] != practice + _PURPOSES[record.kind]:
            raise Malformed(f"signed for another purpose: {str(kept['purpose'])[:40]}")
        statement = statements.read(kept["purpose"], raw)
        _require_fields(work, record, statement)
        path = _path(work, kept["certificates"])
        _require_signer(work, record, statement, path, _hashes(kept["revocation"]))
        if not signatures.statement_good(path.key, unbase64(signature), statement.signed):
            raise Malformed("the signature does not hold")
    except Malformed as error:
        return str(error)
    return None


def _require_fields(work: _Work, record: Record, statement: Statement) -> None:
    context, data, fields = work.context, record.data, statement.fields
    opening = context.opening or {}
    plate = data.get("plate")
    if record.kind == "confirmation_signed":
        sale = context.replayed.sale
        plate = sale.leader
        wanted = {
            "side": data["side"],
            "document": data["document"],
            "amount": str(sale.price),
            "cur": "CNY",
        }
    else:
        wanted = {"rules": opening.get("rules", "")}
    wanted |= {"lot": context.bundle.lot, "plate": str(plate).removeprefix("演-")}
    if record.kind in BIDS:
        wanted |= {"amount": str(data["amount_fen"]), "cur": "CNY"}
    if record.kind == "ask_answered":
        wanted["willing"] = "yes" if data["willing"] else "no"
    if context.lot is not None and context.lot.audience is not None:
        wanted["aud"] = context.lot.audience
    for name, value in wanted.items():
        if fields[name] != value:
            raise Malformed(f"signed with another {name}: {fields[name][:80]}")
    if record.kind == "lottery_joined":
        nonce = sha256(bytes.fromhex(fields["nonce"])).hexdigest()
        if nonce != data["nonce_hash"]:
            raise Malformed("the nonce is not the one that was committed to")
    if "prev" in fields:
        size, root = fields["prev"].split(":")
        seen = int(size)
        if seen >= record.seq or context.tree.root(seen).hex() != root:
            raise Malformed(f"the head that the bidder saw, of size {seen}, is none of this log")


def _hashes(listed: object) -> tuple[str, ...]:
    if not isinstance(listed, list) or len(listed) > certificates.PATH_LIMIT:
        raise Malformed("a kept statement of another shape")
    if not all(isinstance(one, str) and _HASH.fullmatch(one) for one in listed):
        raise Malformed("a kept statement of another shape")
    return tuple(listed)


def _path(work: _Work, listed: object) -> certificates.Path:
    """From the signer's certificate to trust.json; each is looked for once."""
    hashes = _hashes(listed)
    known = work.paths.get(hashes)
    if known is None:
        if len(work.paths) >= PATHS_LIMIT:
            raise Unusable(f"more than {PATHS_LIMIT} paths of certificates")
        known = work.paths[hashes] = _found_path(work.context, hashes)
    if isinstance(known, str):
        raise Malformed(known)
    return known


def _found_path(context: Context, hashes: tuple[str, ...]) -> certificates.Path | str:
    members, trust = context.bundle.members, context.trust
    ders = [members.get(f"certificates/{one}.der") for one in hashes]
    given = [der for der in ders if der is not None]
    if not given or len(given) < len(ders):
        return "a certificate is missing"
    try:
        return certificates.find_path(given[0], given[1:], trust.anchors, trust.intermediates)
    except Malformed as error:
        return f"certificate: {error}"


def _require_signer(
    work: _Work,
    record: Record,
    statement: Statement,
    path: certificates.Path,
    listed: tuple[str, ...],
) -> None:
    if statement.fields["cert"] != path.fingerprint:
        raise Malformed("signed with another certificate than it names")
    if not path.stood_at(record.at):
        raise Malformed("the certificate was not valid when the statement arrived")
    ended = work.ended.get(path.fingerprint)
    if ended is not None and record.kind != "confirmation_signed":
        raise Malformed(f"the certificate had ended: record {ended}")
    said = _revocation(work, path, listed, record.at)
    if said == revocation.REVOKED:
        raise Malformed("the certificate was revoked")
    if said == revocation.SILENT and path.anchor.must_answer:
        raise Malformed("nothing proves that the certificate was not revoked")
    if record.kind == "confirmation_signed":
        _require_side(work, record, path)
        return
    plate = record.data["plate"]
    plates = work.behind.setdefault(path.fingerprint, set())
    plates.add(plate)
    if len(plates) > 1:
        raise Malformed("one certificate signed for two plates")
    _require_holder(work, plate, path)


def _require_side(work: _Work, record: Record, path: certificates.Path) -> None:
    side = record.data["side"]
    if work.sides.setdefault(path.fingerprint, side) != side:
        raise Malformed("one certificate signed for both sides")
    if side == "winner":
        leader = work.context.replayed.sale.leader
        _require_holder(work, leader or "", path)


def _require_holder(work: _Work, plate: str, path: certificates.Path) -> None:
    """The certificate does not name another organisation than the one behind the plate."""
    seat = work.seats.get(plate)
    text = seat.get("text") if isinstance(seat, dict) else None
    if not isinstance(text, str):
        raise Malformed(f"the commitment of plate {plate} is not opened")
    code = text.split(" ", 1)[0]
    named = path.names()
    if any(code in value for value in named):
        return
    if any(_is_code(one) for value in named for one in _CODE.findall(value)):
        raise Malformed("the certificate names another organisation than the plate's")


def _is_code(text: str) -> bool:
    """A unified social credit code with its check character (GB 32100)."""
    total = sum(_ALPHABET.index(c) * pow(3, place, 31) for place, c in enumerate(text[:17]))
    return _ALPHABET[-total % 31] == text[17]


def _revocation(work: _Work, path: certificates.Path, listed: tuple[str, ...], instant: int) -> str:
    """As the records say that came with the statement; asked once a minute for the same."""
    key = (path.fingerprint, listed, instant // 60_000_000)
    if key not in work.answers:
        members = work.context.bundle.members
        records = []
        for one in listed:
            for kind in ("crl", "ocsp"):
                data = members.get(f"revocation/{one}.{kind}")
                if data is not None:
                    records.append((kind, data))
        if len(records) < len(listed):
            raise Malformed("a record of revocation is missing")
        work.answers[key] = revocation.status(path, records, instant)
    return work.answers[key]


def _left_over(context: Context) -> list[Finding]:
    """Signed statements of this lot that no record answers: was one dropped?"""
    named = {r.data["statement"] for r in context.records if r.kind in _PURPOSES}
    kept = (name.removeprefix("statements/") for name in context.bundle.under("statements"))
    return [
        Finding(9, "UNANSWERED", None, f"statement {one.removesuffix('.json')} is in no record")
        for one in kept
        if one.removesuffix(".json") not in named
    ]
