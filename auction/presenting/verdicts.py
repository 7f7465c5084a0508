"""What a judged certificate is told as: to machines as plain data, to people as aligned text."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from flask_babel import force_locale

from auction.core.workdays import BEIJING
from auction.pki.chain import CertificateError, Step
from auction.pki.crl import RevocationList, Status
from auction.pki.examination import Verdict, Weighed
from auction.pki.inspection import CertificateFacts, inspect
from auction.pki.organisation import organisation_code
from auction.pki.reasons import PkiReason
from auction.presenting.pki_reasons import sentence

_LANGUAGES: Final = {"sentence": "zh_Hans_CN", "sentence_en": "en"}
_SOURCES: Final = {"installation": "the installation's own", "given": "given"}
_GOOD, _OPEN, _BAD = "✓", "?", "✗"


def as_data(
    verdict: Verdict,
    certificate: bytes,
    anchors: Sequence[bytes],
    *,
    at: datetime,
    purpose: str | None,
    own: bool,
) -> dict[str, Any]:
    """The verdict on `certificate` (DER) under stable keys; instants in ISO form, UTC.

    `anchors` were asked; `own`: they are the installation's, not given ones. `purpose` None: any
    signature.
    """
    refusal, validated = verdict.refusal, verdict.validated
    failed = None if refusal is None else len(verdict.steps) - 1
    return {
        "accepted": refusal is None,
        "code": None if refusal is None else str(refusal.code),
        **_sentences(refusal.code if refusal else None, refusal.data if refusal else {}),
        "at": _iso(at),
        "purpose": purpose,
        "certificate": _certificate(certificate),
        "path": [] if validated is None else [inspect(one).subject for one in validated.path],
        "anchor": next((_anchor(one, own=own) for one in anchors if _reached(verdict, one)), None),
        "anchors_asked": [_anchor(one, own=own) for one in anchors],
        # Each certificate below the anchor has its record, or its status is not known.
        "revocation_known": None
        if validated is None
        else len(validated.evidence) == len(validated.path) - 1,
        "steps": [
            {"name": step.name, "detail": step.detail, "passed": place != failed}
            for place, step in enumerate(verdict.steps)
        ],
        "evidence": [_evidence(one) for one in verdict.weighed],
    }


def as_text(found: Mapping[str, Any]) -> str:
    """The same for people: the verdict first, then what it rests on."""
    return "\n".join(map(printable, _lines(found)))


def printable(text: str) -> str:
    """`text` without what could steer a terminal or turn its writing around.

    Names in a certificate are whatever a stranger put there.
    """
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text)


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    asked = found["purpose"] or "any signature (extended key usage not judged)"
    if found["accepted"]:
        yield f"{_GOOD} 接受 ACCEPTED"
        if not found["revocation_known"]:
            yield "  吊销状态未全部查明，此信任锚的策略允许。"
            yield "  Revocation is not known for the whole path; the anchor's policy allows that."
    else:
        yield f"{_BAD} 不予接受 REFUSED  {found['code']}"
        yield f"  {found['sentence']}"
        yield f"  {found['sentence_en']}"
    yield ""
    yield f"asked        {asked}, at {_beijing(found['at'])} (Beijing)"
    certificate = found["certificate"]
    if certificate is None:
        yield "certificate  cannot be read"
    else:
        yield f"certificate  {certificate['subject']}"
        yield f"  issuer     {certificate['issuer']}"
        yield f"  serial     {certificate['serial']}"
        since, until = _beijing(certificate["not_before"]), _beijing(certificate["not_after"])
        yield f"  valid      {since} to {until} (Beijing)"
        yield f"  key        {certificate['key'] or 'of a kind that is not accepted'}"
        yield f"  SHA-256    {certificate['sha256']}"
        if certificate["organisation_code"]:
            yield f"  code       {certificate['organisation_code']}"
    if (anchor := found["anchor"]) is not None:
        yield f"anchor       {anchor['subject']} ({_SOURCES[anchor['source']]})"
        yield f"  SHA-256    {anchor['sha256']}"
    else:
        for other in found["anchors_asked"]:
            yield f"not under    {other['subject']} ({_SOURCES[other['source']]})"
    if found["evidence"]:
        yield ""
        yield "evidence given"
        for piece in found["evidence"]:
            yield from _evidence_lines(piece)
    yield ""
    yield "steps"
    for step in found["steps"]:
        # Silence about revocation, where policy lets it pass.
        silent = step["detail"].endswith(f" {Status.UNKNOWN}")
        mark = _BAD if not step["passed"] else _OPEN if silent else _GOOD
        yield f"  {mark} {step['name']:<10} {step['detail']}".rstrip()


def _evidence_lines(piece: Mapping[str, Any]) -> Iterator[str]:
    mark = _BAD if piece["code"] else _GOOD
    what = {"crl": "list", "ocsp": "OCSP"}[piece["kind"]]
    yield f"  {mark} {what:<10} {piece['file']}"
    if piece["code"]:
        yield f"    {'':<10} {piece['code']}  {piece['sentence']}"
        yield f"    {'':<10} {piece['sentence_en']}"
    else:
        until = piece["next_update"]
        number = f"number {piece['number']}, " if piece["number"] is not None else ""
        yield (
            f"    {'':<10} {number}{_beijing(piece['this_update'])} to "
            f"{_beijing(until) if until else 'not said'} (Beijing)"
        )
    yield f"    {'':<10} SHA-256 {piece['sha256']}"


def _certificate(der: bytes) -> dict[str, Any] | None:
    if (facts := _facts(der)) is None:
        return None
    return {
        "subject": facts.subject,
        "issuer": facts.issuer,
        "serial": facts.serial,
        "not_before": _iso(facts.not_before),
        "not_after": _iso(facts.not_after),
        "key": facts.key_kind,
        "policies": list(facts.policies),
        "organisation_code": organisation_code(x509.load_der_x509_certificate(der).subject),
        "demo": facts.demo,
        "sha256": facts.fingerprint,
    }


def _anchor(der: bytes, *, own: bool) -> dict[str, str | None]:
    facts = _facts(der)
    return {
        "subject": None if facts is None else facts.subject,
        "sha256": hashlib.sha256(der).hexdigest(),
        "source": "installation" if own else "given",
    }


def _reached(verdict: Verdict, anchor: bytes) -> bool:
    """Whether a path led to `anchor`, also if the certificate was refused afterwards."""
    return Step("anchor", hashlib.sha256(anchor).hexdigest()) in verdict.steps


def _facts(der: bytes) -> CertificateFacts | None:
    try:
        return inspect(der)
    except CertificateError:
        return None


def _evidence(weighed: Weighed) -> dict[str, Any]:
    record = weighed.record
    until = None if record is None else record.next_update
    return {
        "kind": weighed.piece.kind,
        "file": weighed.piece.name,
        "sha256": weighed.piece.sha256,
        "code": None if weighed.code is None else str(weighed.code),
        **_sentences(weighed.code, weighed.data),
        "number": record.number if isinstance(record, RevocationList) else None,
        "this_update": None if record is None else _iso(record.this_update),
        "next_update": None if until is None else _iso(until),
    }


def _sentences(code: PkiReason | None, data: Mapping[str, str | int]) -> dict[str, str | None]:
    if code is None:
        return dict.fromkeys(_LANGUAGES)
    said: dict[str, str | None] = {}
    for key, language in _LANGUAGES.items():
        with force_locale(language):
            said[key] = sentence(code, data)
    return said


def _iso(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")


def _beijing(iso: str) -> str:
    return datetime.fromisoformat(iso).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
