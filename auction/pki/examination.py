"""A certificate judged by hand: with the anchors, lists and answers that somebody holds against it.

The verdict is TrustStore.validate's, as at sign-in. What is given beside the certificate is
verified first, and what became of each piece is told.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import Final, Literal

from cryptography import x509

from auction.pki.chain import CertificateError, Step, TrustStore, ValidatedCertificate
from auction.pki.ocsp import OcspAnswer, verify_ocsp
from auction.pki.parsing import MALFORMED
from auction.pki.reasons import PkiReason
from auction.pki.revocation import (
    RevocationData,
    RevocationError,
    RevocationList,
    Status,
    verify_list,
)

ANY_USE: Final = "any"
"""Asked for no purpose: a certificate for signing, whatever its extended key usage says."""

_ANSWERED: Final = "evidence"


@dataclass(frozen=True, slots=True)
class Piece:
    """A revocation list or an OCSP answer, DER, not verified; `name` says where it is from."""

    kind: Literal["crl", "ocsp"]
    name: str
    der: bytes

    @property
    def sha256(self) -> str:
        """SHA-256 hex of the DER, by which a verdict names its evidence."""
        return hashlib.sha256(self.der).hexdigest()


@dataclass(frozen=True, slots=True)
class Weighed:
    """What became of one piece: a record that counts, or the code for which it does not."""

    piece: Piece
    record: RevocationList | OcspAnswer | None = None
    code: PkiReason | None = None
    data: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Accepted (`validated`) or refused (`refusal`), and what the evidence given was worth."""

    validated: ValidatedCertificate | None
    refusal: CertificateError | None
    steps: tuple[Step, ...]
    """In the order made; the last one of a refusal is the one failed."""
    weighed: tuple[Weighed, ...]


def examine(
    store: TrustStore,
    certificate: bytes,
    intermediates: Sequence[bytes],
    pieces: Iterable[Piece],
    *,
    at: datetime,
    purpose: str,
) -> Verdict:
    """Judge `certificate` for `purpose` (a key of PURPOSES, or ANY_USE) at instant `at`.

    The store's own policy counts, and one rule more: where pieces are given, one of them, or what
    the store knows already, must answer for the certificate. A list that is refused would otherwise
    be no more than silence.
    """
    pieces = tuple(pieces)
    authorities = [*intermediates, *store.intermediates, *(one.der for one in store.anchors)]
    known, weighed = _weigh(pieces, store.revocation, certificate, authorities, at)
    try:
        validated = _with(store, known, certificate, intermediates, purpose).validate(
            certificate, intermediates, at, purpose
        )
        if pieces:
            validated = _require_answered(validated, store, known, at)
    except CertificateError as refusal:
        return Verdict(None, refusal, refusal.steps, tuple(weighed))
    return Verdict(validated, None, validated.steps, tuple(weighed))


def _with(
    store: TrustStore,
    known: RevocationData,
    certificate: bytes,
    intermediates: Sequence[bytes],
    purpose: str,
) -> TrustStore:
    """The same store with more revocation data, and with every extended usage for ANY_USE."""
    anchors = store.anchors
    if purpose == ANY_USE:
        named = _extended_usages([certificate, *intermediates, *store.intermediates])
        anchors = tuple(
            replace(one, extended_usages=one.extended_usages | named) for one in anchors
        )
    return TrustStore(
        anchors, allow_demo=store.allow_demo, intermediates=store.intermediates, revocation=known
    )


def _require_answered(
    validated: ValidatedCertificate, store: TrustStore, known: RevocationData, at: datetime
) -> ValidatedCertificate:
    certificate, issuer = map(x509.load_der_x509_certificate, validated.path[:2])
    anchor = next(
        one for one in store.anchors if hashlib.sha256(one.der).hexdigest() == validated.anchor
    )
    finding = known.finding(certificate, issuer, at=at, max_age=anchor.max_list_age)
    steps = (*validated.steps, Step(_ANSWERED, f"{validated.serial} {finding.status}"))
    if finding.status is Status.UNKNOWN:
        raise CertificateError(PkiReason.CERTIFICATE_STATUS_UNKNOWN, steps)
    return replace(validated, steps=steps)


def _weigh(
    pieces: Iterable[Piece],
    known: RevocationData,
    certificate: bytes,
    authorities: Sequence[bytes],
    at: datetime,
) -> tuple[RevocationData, list[Weighed]]:
    """`known` with every piece that is good at `at`, and what became of each.

    No authority is trusted by being among `authorities`: a record speaks of its own authority's
    certificates only, and a store asks only about authorities on a path that it trusts.
    """
    above = list(_readable(authorities))
    subjects = [*_readable([certificate]), *above]
    weighed = []
    for piece in pieces:
        try:
            if piece.kind == "crl":
                record: RevocationList | OcspAnswer = _list(piece.der, above, at)
            else:
                record = _answer(piece.der, subjects, above, at)
            if isinstance(record, RevocationList):
                known = known.with_list(record)
            else:
                known = known.with_answer(record)
        except RevocationError as error:
            weighed.append(Weighed(piece, code=error.code, data=error.data))
        else:
            weighed.append(Weighed(piece, record))
    return known, weighed


def _list(der: bytes, authorities: Sequence[x509.Certificate], at: datetime) -> RevocationList:
    refused = RevocationError(PkiReason.CRL_WRONG_ISSUER)
    for authority in authorities:
        try:
            return verify_list(der, authority, now=at)
        except RevocationError as error:
            # Of several authorities the one that the list names says best what is wrong with it.
            if error.code is not PkiReason.CRL_WRONG_ISSUER:
                refused = error
    raise refused


def _answer(
    der: bytes,
    subjects: Sequence[x509.Certificate],
    authorities: Sequence[x509.Certificate],
    at: datetime,
) -> OcspAnswer:
    refused: RevocationError | None = None
    for subject in subjects:
        for authority in authorities:
            if authority.subject != subject.issuer:
                continue
            try:
                return verify_ocsp(der, subject, authority, now=at)
            except RevocationError as error:
                # `subjects` begins with the certificate judged: what is wrong for it is told.
                refused = refused or error
    raise refused or RevocationError(PkiReason.OCSP_WRONG_CERTIFICATE)


def _extended_usages(certificates: Iterable[bytes]) -> frozenset[str]:
    return frozenset(chain.from_iterable(map(_usages_of, _readable(certificates))))


def _usages_of(certificate: x509.Certificate) -> Iterator[str]:
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    except MALFORMED:
        return
    yield from (usage.dotted_string for usage in usages)


def _readable(certificates: Iterable[bytes]) -> Iterator[x509.Certificate]:
    for der in certificates:
        try:
            certificate = x509.load_der_x509_certificate(der)
            _ = certificate.subject, certificate.issuer  # read lazily: here they may fail
        except MALFORMED:
            continue
        yield certificate
