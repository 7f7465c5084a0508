"""Revocation lists and OCSP answers that came with a statement (SPEC.md, 6.5)."""

from collections.abc import Sequence
from datetime import datetime
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
    kind, data = record
    if len(data) > RECORD_LIMIT:
        raise Malformed("a record of revocation that is too large")
    try:
        read = _by_list if kind == "crl" else _by_answer
        return read(certificate, issuer, data, second, age)
    except READING as error:
        raise Malformed("not a record of revocation") from error


def _fresh(begun: datetime, until: datetime | None, second: int, age: int | None) -> bool:
    """A centre may rely for ten minutes on what it has looked at (SPEC.md, 6.5)."""
    if until is None or not begun.timestamp() <= second <= until.timestamp() + KNOWN_FOR_S:
        return False
    return age is None or second - begun.timestamp() <= age + KNOWN_FOR_S


def _by_list(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    data: bytes,
    second: int,
    age: int | None,
) -> str:
    listed = x509.load_der_x509_crl(data)
    key = key_of(issuer)
    if listed.issuer != issuer.subject or key is None:
        return SILENT
    if any(e.critical and e.oid not in _CRL_UNDERSTOOD for e in listed.extensions):
        return SILENT
    if not signed_by(key, listed, listed.tbs_certlist_bytes):
        return SILENT
    entry = listed.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if entry is not None:
        return REVOKED if entry.revocation_date_utc.timestamp() <= second else SILENT
    fresh = _fresh(listed.last_update_utc, listed.next_update_utc, second, age)
    return GOOD if fresh else SILENT


def _by_answer(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    data: bytes,
    second: int,
    age: int | None,
) -> str:
    answer = ocsp.load_der_ocsp_response(data)
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return SILENT
    if answer.serial_number != certificate.serial_number:
        return SILENT
    if not _answer_signed(issuer, answer):
        return SILENT
    if answer.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        revoked = answer.revocation_time_utc
        return REVOKED if revoked is None or revoked.timestamp() <= second else SILENT
    fresh = _fresh(answer.this_update_utc, answer.next_update_utc, second, age)
    good = answer.certificate_status is ocsp.OCSPCertStatus.GOOD
    return GOOD if good and fresh else SILENT


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
