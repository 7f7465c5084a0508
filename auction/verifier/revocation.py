"""Revocation lists and OCSP answers that came with a statement (SPEC.md, 6.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from cryptography import x509
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from auction.verifier import signatures
from auction.verifier.certificates import READING, Path, key_of, signed_by
from auction.verifier.faults import Malformed

RECORD_LIMIT = 32 * 1024 * 1024
_CRL_UNDERSTOOD = frozenset({ExtensionOID.AUTHORITY_KEY_IDENTIFIER, ExtensionOID.CRL_NUMBER})
KNOWN_FOR_S = 600
GOOD, REVOKED, SILENT = "good", "revoked", "silent"


def status(path: Path, records: Sequence[tuple[str, bytes]], instant_us: int) -> str:
    """What the records (kind, bytes) say of the path at that instant, below its anchor.

    `revoked` if one, signed by the issuer, says so of any certificate; `good` if every certificate
    has one that was fresh then; else `silent`. Raises Malformed.
    """
    second, age = instant_us // 1_000_000, path.anchor.max_list_age_s
    said = set()
    for certificate, issuer in pairwise(path.certificates):
        answers = {_said(certificate, issuer, record, second, age) for record in records}
        said.add(next((word for word in (REVOKED, GOOD) if word in answers), SILENT))
    return next(word for word in (REVOKED, SILENT, GOOD) if word in said)


def _said(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    record: tuple[str, bytes],
    second: int,
    age: int | None,
) -> str:
    found = _answer(certificate, issuer, *record)
    if found is None:
        return SILENT
    if found.revoked is not None:
        return REVOKED if found.revoked <= second else SILENT
    # A centre may rely for ten minutes on what it has looked at (SPEC.md, 6.5).
    fresh = found.begun <= second <= found.until + KNOWN_FOR_S
    young = age is None or second - found.begun <= age + KNOWN_FOR_S
    return GOOD if fresh and young else SILENT


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one record, signed by the issuer, says of one certificate; seconds since 1970."""

    revoked: float | None
    begun: float
    until: float


@lru_cache(maxsize=4096)
def _answer(
    certificate: x509.Certificate, issuer: x509.Certificate, kind: str, data: bytes
) -> _Answer | None:
    """None when the record says nothing that counts. Raises Malformed."""
    if len(data) > RECORD_LIMIT:
        raise Malformed("a record of revocation that is too large")
    try:
        return (_by_list if kind == "crl" else _by_answer)(certificate, issuer, data)
    except READING as error:
        raise Malformed("not a record of revocation") from error


def _by_list(
    certificate: x509.Certificate, issuer: x509.Certificate, data: bytes
) -> _Answer | None:
    listed = x509.load_der_x509_crl(data)
    key, until = key_of(issuer), listed.next_update_utc
    if listed.issuer != issuer.subject or key is None or until is None:
        return None
    if any(e.critical and e.oid not in _CRL_UNDERSTOOD for e in listed.extensions):
        return None
    if not signed_by(key, listed, listed.tbs_certlist_bytes):
        return None
    entry = listed.get_revoked_certificate_by_serial_number(certificate.serial_number)
    revoked = None if entry is None else entry.revocation_date_utc.timestamp()
    return _Answer(revoked, listed.last_update_utc.timestamp(), until.timestamp())


def _by_answer(
    certificate: x509.Certificate, issuer: x509.Certificate, data: bytes
) -> _Answer | None:
    answer = ocsp.load_der_ocsp_response(data)
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return None
    until, revoked = answer.next_update_utc, answer.revocation_time_utc
    if answer.serial_number != certificate.serial_number or until is None:
        return None
    if not _answer_signed(issuer, answer):
        return None
    if answer.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        return None
    revoked_at = None if revoked is None else revoked.timestamp()
    return _Answer(revoked_at, answer.this_update_utc.timestamp(), until.timestamp())


def _answer_signed(issuer: x509.Certificate, answer: ocsp.OCSPResponse) -> bool:
    """By the issuer itself, or by a responder that the issuer certified for this."""
    authority = key_of(issuer)
    keys = [] if authority is None else [authority]
    for responder in answer.certificates:
        try:
            usage = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except x509.ExtensionNotFound:
            continue
        key = key_of(responder)
        if (
            key is not None
            and authority is not None
            and ExtendedKeyUsageOID.OCSP_SIGNING in usage
            and responder.issuer == issuer.subject
            and signed_by(authority, responder, responder.tbs_certificate_bytes)
        ):
            keys.append(key)
    oid = answer.signature_algorithm_oid.dotted_string
    return any(
        signatures.issued_good(key, oid, answer.signature, answer.tbs_response_bytes)
        for key in keys
    )
