"""Revocation lists and OCSP answers that came with a statement (SPEC.md, 6.5)."""

from collections.abc import Sequence

from cryptography import x509
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from auction.verifier import signatures
from auction.verifier.certificates import READING, Path, key_of, signed_by
from auction.verifier.faults import Malformed

RECORD_LIMIT = 32 * 1024 * 1024
_CRL_UNDERSTOOD = frozenset({ExtensionOID.AUTHORITY_KEY_IDENTIFIER, ExtensionOID.CRL_NUMBER})
GOOD, REVOKED, SILENT = "good", "revoked", "silent"


def status(path: Path, records: Sequence[tuple[str, bytes]], instant_us: int) -> str:
    """What the records (kind, bytes) say of the signer's certificate at that instant.

    `good` only from one that its issuer signed and that was fresh then; `revoked` from any that
    its issuer signed; `silent` when none counts. Raises Malformed.
    """
    said = SILENT
    for kind, data in records:
        if len(data) > RECORD_LIMIT:
            raise Malformed("a record of revocation that is too large")
        try:
            found = (_by_list if kind == "crl" else _by_answer)(path, data, instant_us // 1_000_000)
        except READING as error:
            raise Malformed("not a record of revocation") from error
        if found == REVOKED:
            return REVOKED
        if found == GOOD:
            said = GOOD
    return said


def _by_list(path: Path, data: bytes, second: int) -> str:
    listed = x509.load_der_x509_crl(data)
    issuer = path.certificates[1]
    key = key_of(issuer)
    if listed.issuer != issuer.subject or key is None:
        return SILENT
    if any(e.critical and e.oid not in _CRL_UNDERSTOOD for e in listed.extensions):
        return SILENT
    if not signed_by(key, listed, listed.tbs_certlist_bytes):
        return SILENT
    entry = listed.get_revoked_certificate_by_serial_number(path.signer.serial_number)
    if entry is not None:
        return REVOKED if entry.revocation_date_utc.timestamp() <= second else SILENT
    until = listed.next_update_utc
    begun = listed.last_update_utc.timestamp() <= second
    return GOOD if begun and until is not None and second <= until.timestamp() else SILENT


def _by_answer(path: Path, data: bytes, second: int) -> str:
    answer = ocsp.load_der_ocsp_response(data)
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return SILENT
    if answer.serial_number != path.signer.serial_number:
        return SILENT
    if not _answer_signed(path, answer):
        return SILENT
    if answer.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        revoked = answer.revocation_time_utc
        return REVOKED if revoked is None or revoked.timestamp() <= second else SILENT
    until = answer.next_update_utc
    begun = answer.this_update_utc.timestamp() <= second
    fresh = begun and until is not None and second <= until.timestamp()
    good = answer.certificate_status is ocsp.OCSPCertStatus.GOOD
    return GOOD if good and fresh else SILENT


def _answer_signed(path: Path, answer: ocsp.OCSPResponse) -> bool:
    """By the issuer itself, or by a responder that the issuer certified for this."""
    issuer = path.certificates[1]
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
