"""The device check: whether a certificate would be accepted here, and whether its key signs.

Anybody may ask, of any certificate. So the answer is drawn from the certificate and from what is
public about it alone, and it is the same whether or not somebody is enrolled with it. Nothing is
stored.
"""

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache

from cryptography import x509

from auction.pki.chain import RevocationMode, TrustStore, ValidatedCertificate
from auction.pki.revocation import RevocationData, Status
from auction.pki.statement import Signed, verify_statement
from auction.services.house import House


@dataclass(frozen=True, slots=True)
class Judged:
    """A certificate that is trusted. `status_known`: a list of its authority says it is not
    revoked; `status_required`: without knowing that, nobody signs in with it."""

    certificate: ValidatedCertificate
    status_known: bool
    status_required: bool


def judge(house: House, certificate: bytes, chain: tuple[bytes, ...]) -> Judged:
    """Whether this centre would accept the certificate for signing in. Raises CertificateError."""
    now = house.now()
    public = _public(house.trust)
    found = public.validate(certificate, chain, now, "login")
    leaf, issuer = map(x509.load_der_x509_certificate, found.path[:2])
    anchor = next(
        one for one in house.trust.anchors if hashlib.sha256(one.der).hexdigest() == found.anchor
    )
    finding = public.revocation.finding(leaf, issuer, at=now, max_age=anchor.max_list_age)
    return Judged(
        found,
        status_known=finding.status is Status.GOOD,
        status_required=anchor.revocation is RevocationMode.HARD,
    )


def try_signature(house: House, signed: Signed) -> Judged:
    """Check a signature that was made for the device check and is worth nothing anywhere else.

    Its nonce is the browser's own: who repeats it has proved no more than that. Raises
    StatementError, CertificateError.
    """
    judged = judge(house, signed.certificate, signed.chain)
    verify_statement(
        "check",
        signed.body,
        signed.signature,
        judged.certificate,
        expect={"aud": house.site.origin},
        now=house.now(),
    )
    return judged


@lru_cache(maxsize=1)
def _public(store: TrustStore) -> TrustStore:
    """The store without OCSP answers: those are fetched for enrolled certificates only, so that
    knowing one, or not, would tell who is enrolled. What lists do not tell is left open."""
    return TrustStore(
        [replace(one, revocation=RevocationMode.SOFT) for one in store.anchors],
        allow_demo=store.allow_demo,
        intermediates=store.intermediates,
        revocation=RevocationData(store.revocation.lists),
    )
