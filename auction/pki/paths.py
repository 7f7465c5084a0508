"""Building the path from a certificate to an anchor; two libraries, each for what it can verify.

RSA and ECDSA: cryptography's client verifier. A certificate with SM2 in its key or its signature:
OpenSSL's X509_verify_cert through pyOpenSSL, because `cryptography` loads no SM2 key. OpenSSL 4, in
cryptography's wheels from version 47 on, verifies SM2 signatures under the identifier
1234567812345678 by itself; 3.0 does not, and such paths are refused there.

What was found (tests/pki/test_pki_sm2_paths.py holds both libraries to the same cases): OpenSSL
refuses bad signatures, other names, dates that do not fit anywhere in the path, authorities without
keyCertSign or basic constraints, path length, name constraints, unknown critical extensions,
untrusted roots. It says nothing of a leaf that is an authority itself, of critical policy
constraints, of an authority's extended key usage, of SHA-1. So chain.py goes over every path again,
whichever library built it (path_checks.py): those four, and each signature by issuing.py, for SM2
with the implementation that passed the known-answer tests.

A mixed path (an SM2 certificate under an RSA root) is an ordinary path: each signature is judged by
its signer's key. OpenSSL follows one chain only and does not try a second one when it fails; with
several authorities of one name it goes by the key identifiers.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.x509 import verification
from OpenSSL import crypto

from auction.pki.issuing import SM2_WITH_SM3
from auction.pki.keys import certificate_key
from auction.pki.sm2 import Sm2PublicKey

INTERMEDIATES_LIMIT: Final = 4


class NoPathError(Exception):
    """No path to an anchor; the message is the library's, for operators."""


class PathFinder:
    """Anchors and intermediates of one centre, ready to build paths with.

    Raises ValueError for a certificate that OpenSSL cannot read, `find` too.
    """

    def __init__(
        self, anchors: Sequence[x509.Certificate], intermediates: Sequence[x509.Certificate]
    ) -> None:
        self._anchors = frozenset(anchors)
        self._intermediates = list(intermediates)
        # OpenSSL's own copies are made once; its stores carry a time and are made per validation.
        self._openssl_anchors = list(map(_openssl, anchors))
        self._openssl_intermediates = list(map(_openssl, intermediates))
        classic = [anchor for anchor in anchors if not is_sm2(anchor)]
        self._store = verification.Store(classic) if classic else None

    def find(
        self, leaf: x509.Certificate, given: Sequence[x509.Certificate], at: datetime
    ) -> list[x509.Certificate]:
        """Certificates from leaf to the nearest anchor, both included. Raises NoPathError, and
        ValueError as the constructor does."""
        # Whole seconds, as X.509 validity has them; in UTC, because OpenSSL is told no zone.
        moment = at.astimezone(UTC).replace(microsecond=0)
        path = (
            self._find_sm2(leaf, given, moment)
            if is_sm2(leaf)
            else self._find_classic(leaf, given, moment)
        )
        # Both libraries stop at the first anchor: a pinned issuing authority decides for its own
        # certificates, also where its root is an anchor too. A certificate is not its own anchor.
        if len(path) < 2 or path[-1] not in self._anchors:
            raise NoPathError("a path needs an authority that is trusted above the certificate")
        if len(path) > INTERMEDIATES_LIMIT + 2:
            raise NoPathError("longer than any path accepted here")
        return path

    def _find_classic(
        self, leaf: x509.Certificate, given: Sequence[x509.Certificate], moment: datetime
    ) -> list[x509.Certificate]:
        if self._store is None:
            raise NoPathError("no anchor with an RSA or ECDSA key")
        verifier = (
            verification.PolicyBuilder()
            .store(self._store)
            .time(moment)
            .max_chain_depth(INTERMEDIATES_LIMIT)
            .extension_policies(ca_policy=_AUTHORITY_EXTENSIONS, ee_policy=_LEAF_EXTENSIONS)
            .build_client_verifier()
        )
        others = [one for one in (*given, *self._intermediates) if not is_sm2(one)]
        try:
            return verifier.verify(leaf, others).chain
        except verification.VerificationError as error:
            raise NoPathError(str(error).splitlines()[0]) from None

    def _find_sm2(
        self, leaf: x509.Certificate, given: Sequence[x509.Certificate], moment: datetime
    ) -> list[x509.Certificate]:
        try:
            store = crypto.X509Store()
            # PARTIAL_CHAIN: an issuing authority may be an anchor without its root.
            store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
            store.set_time(moment)
            for anchor in self._openssl_anchors:
                store.add_cert(anchor)
            others = [*map(_openssl, given), *self._openssl_intermediates]
            chain = crypto.X509StoreContext(store, _openssl(leaf), others).get_verified_chain()
        except (crypto.X509StoreContextError, crypto.Error) as error:
            raise NoPathError(str(error)) from None
        return [one.to_cryptography() for one in chain]


def _openssl(certificate: x509.Certificate) -> crypto.X509:
    try:
        return crypto.X509.from_cryptography(certificate)
    except crypto.Error as error:  # one parser takes what the other does not
        raise ValueError(f"OpenSSL cannot read it: {error}") from None


def is_sm2(certificate: x509.Certificate) -> bool:
    """True when the certificate's key or its signature is SM2's."""
    return certificate.signature_algorithm_oid == SM2_WITH_SM3 or isinstance(
        certificate_key(certificate), Sm2PublicKey
    )


def _key_usage_of_authority(
    _policy: verification.Policy, _certificate: x509.Certificate, usage: x509.KeyUsage | None
) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("key usage without keyCertSign")


# RFC 5280 asks of a verifier that keyCertSign be set where the extension is present (6.1.4 n).
_AUTHORITY_EXTENSIONS: Final = verification.ExtensionPolicy.webpki_defaults_ca().may_be_present(
    x509.KeyUsage, verification.Criticality.AGNOSTIC, _key_usage_of_authority
)
# People's certificates seldom carry a subject alternative name; usage is judged in chain.py, where
# a refusal can be named.
_LEAF_EXTENSIONS: Final = (
    verification.ExtensionPolicy.webpki_defaults_ee()
    .may_be_present(x509.SubjectAlternativeName, verification.Criticality.AGNOSTIC, None)
    .may_be_present(x509.ExtendedKeyUsage, verification.Criticality.AGNOSTIC, None)
)
