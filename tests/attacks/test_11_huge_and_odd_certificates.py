"""Attack 11: certificates that are to cost the server time or memory, or whose keys prove nothing.
Each is refused with its reason, and the work is bounded by sizes, not by the attacker."""

import time
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise

import pytest
from chains import DAY, SIGNING, Made, holder, identifier, made, named
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from factories import beijing

from auction.pki import chain, paths
from auction.pki.chain import CERTIFICATE_LIMIT, Anchor, CertificateError, TrustStore
from auction.pki.demo import signing
from auction.pki.reasons import PkiReason

KEY_REFUSED = PkiReason.CERTIFICATE_KEY_REFUSED
BUDGET_S = 1.0
"""Far above what the work takes on a slow machine, far below what an unbounded search would."""


@pytest.fixture
def now() -> datetime:
    return beijing(11, 11, 14, 30)


@pytest.fixture
def root(now: datetime) -> Made:
    return made("Root", now)


@pytest.fixture
def trust(root: Made) -> TrustStore:
    return TrustStore([Anchor(root.der)], allow_demo=False)


def code(trust: TrustStore, der: bytes, now: datetime, given: tuple[bytes, ...] = ()) -> PkiReason:
    started = time.monotonic()
    with pytest.raises(CertificateError) as error:
        trust.validate(der, given, now, "login")
    assert time.monotonic() - started < BUDGET_S
    return error.value.code


def test_twenty_thousand_names_are_not_even_parsed(
    root: Made, trust: TrustStore, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = x509.SubjectAlternativeName([x509.DNSName(f"n{n}.example") for n in range(20_000)])
    huge = holder("Huge", now, issuer=root, more=[(names, False)])
    assert len(huge.der) > 20 * CERTIFICATE_LIMIT
    usual = holder("Usual", now, issuer=root).der

    def never(_der: bytes) -> x509.Certificate:
        raise AssertionError("parsed before its size was looked at")

    monkeypatch.setattr(chain.x509, "load_der_x509_certificate", never)
    assert code(trust, huge.der, now) is PkiReason.CERTIFICATE_TOO_LARGE
    assert code(trust, usual, now, (huge.der,)) is PkiReason.CERTIFICATE_TOO_LARGE
    assert code(trust, usual, now, (usual,) * 5) is PkiReason.CERTIFICATE_TOO_MANY


def test_the_limit_is_in_bytes_and_exact(root: Made, trust: TrustStore, now: datetime) -> None:
    def padded(size: int) -> bytes:
        filler = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.8"), b"\x04" * size)
        return holder("Padded", now, issuer=root, more=[(filler, False)]).der

    size = CERTIFICATE_LIMIT
    while len(padded(size)) > CERTIFICATE_LIMIT:
        size -= 1
    assert trust.validate(padded(size), (), now, "login")
    assert code(trust, padded(size + 8), now) is PkiReason.CERTIFICATE_TOO_LARGE


ODD_KEYS: dict[str, Callable[[], object]] = {
    "RSA-1024": lambda: rsa.generate_private_key(65537, 1024).public_key(),
    # A number of that size, not a product of primes: nobody asks before the key is refused.
    "RSA-16384": lambda: rsa.RSAPublicNumbers(65537, (1 << 16383) + 1).public_key(),
    "RSA e=3": lambda: rsa.generate_private_key(3, 2048).public_key(),
    "RSA with a huge exponent": lambda: rsa.RSAPublicNumbers(
        (1 << 2047) + 1, (1 << 2048) - 1
    ).public_key(),
    "P-192": lambda: ec.generate_private_key(ec.SECP192R1()).public_key(),
    "P-521": lambda: ec.generate_private_key(ec.SECP521R1()).public_key(),
    "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()).public_key(),
    "DSA": lambda: dsa.generate_private_key(2048).public_key(),
    "Ed448": lambda: ed448.Ed448PrivateKey.generate().public_key(),
}


def odd(name: str) -> bytes:
    key = ODD_KEYS[name]()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ODD_KEYS)
@pytest.mark.parametrize("kind", ["P-256", "SM2"])
def test_a_key_that_proves_nothing_is_refused_though_its_authority_is_trusted(
    name: str, kind: str, now: datetime
) -> None:
    root = made("Root", now, kind=kind)
    builder = (
        x509.CertificateBuilder(root.certificate.subject, named("Odd"))
        .serial_number(9)
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(SIGNING, critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier(identifier(root.key).digest, None, None), critical=False
        )
    )
    der = signing.certificate(builder, odd(name), root.key)
    assert code(TrustStore([Anchor(root.der)], allow_demo=False), der, now) is KEY_REFUSED


@pytest.mark.parametrize("name", ["RSA-1024", "RSA-16384", "RSA with a huge exponent", "DSA"])
def test_such_a_key_is_no_anchor_and_no_authority_and_is_never_calculated_with(
    name: str, root: Made, trust: TrustStore, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = (
        x509.CertificateBuilder(root.certificate.subject, named("Odd CA"))
        .serial_number(9)
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.BasicConstraints(True, None), critical=True)
    )
    odd_authority = signing.certificate(builder, odd(name), root.key)
    below = holder("Below", now, issuer=root, issuer_name="Odd CA").der
    handed: list[x509.Certificate] = []
    find = paths.PathFinder.find

    def watched(
        self: paths.PathFinder, leaf: x509.Certificate, given: list[x509.Certificate], at: datetime
    ) -> list[x509.Certificate]:
        handed.extend(given)
        return find(self, leaf, given, at)

    # The path library would verify a signature with that key: it is not handed over.
    monkeypatch.setattr(paths.PathFinder, "find", watched)
    assert code(trust, below, now, (odd_authority, root.der)) is PkiReason.CERTIFICATE_UNTRUSTED
    assert handed == [root.certificate]
    with pytest.raises(CertificateError) as refused:
        TrustStore([Anchor(odd_authority)], allow_demo=False)
    assert refused.value.code is KEY_REFUSED


def test_a_weak_key_of_an_intermediate_that_is_stored_is_refused(root: Made, now: datetime) -> None:
    """The libraries accept P-521 for an authority; this centre's policy does not."""
    weak = ec.generate_private_key(ec.SECP521R1())
    issuing = (
        x509.CertificateBuilder(root.certificate.subject, named("Issuing"))
        .serial_number(9)
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.BasicConstraints(True, None), critical=True)
    )
    spki = weak.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    authority = signing.certificate(issuing, spki, root.key)
    leaf = (
        x509.CertificateBuilder(named("Issuing"), named("Leaf"), root.certificate.public_key())
        .serial_number(10)
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(weak.public_key()), critical=False
        )
        .sign(weak, hashes.SHA512())
        .public_bytes(Encoding.DER)
    )
    trust = TrustStore([Anchor(root.der)], allow_demo=False, intermediates=[authority])
    assert code(trust, leaf, now) is KEY_REFUSED


@pytest.mark.parametrize("kind", ["P-256", "SM2"])
def test_a_mesh_of_authorities_that_certify_each_other_ends_soon(kind: str, now: datetime) -> None:
    """Forty stored authorities, each certified by every other of its group, and four more that
    the attacker brings, all under an unknown root: no path, and no search without end."""
    keys = [made(f"Mesh {n}", now, kind=kind) for n in range(8)]
    mesh = [
        made(f"Mesh {n}", now, kind=kind, key=one.key, issuer=other, serial=100 + n)
        for n, one in enumerate(keys)
        for other in keys
        if other is not one
    ]
    trusted = made("Root", now, kind=kind)
    trust = TrustStore(
        [Anchor(trusted.der)], allow_demo=False, intermediates=[one.der for one in mesh[:40]]
    )
    leaf = holder("Lost", now, kind=kind, issuer=keys[0])
    given = tuple(one.der for one in mesh[40:44])
    assert code(trust, leaf.der, now, given) is PkiReason.CERTIFICATE_UNTRUSTED


def test_a_ring_of_two_authorities_is_no_path(trust: TrustStore, now: datetime) -> None:
    one, other = made("One", now), made("Other", now)
    ring = (
        made("One", now, key=one.key, issuer=other),
        made("Other", now, key=other.key, issuer=one),
    )
    for above, below in pairwise([*ring, ring[0]]):
        assert above.certificate.issuer == below.certificate.subject
    leaf = holder("Lost", now, issuer=one)
    refused = code(trust, leaf.der, now, tuple(link.der for link in ring))
    assert refused is PkiReason.CERTIFICATE_UNTRUSTED


@pytest.mark.parametrize("kind", ["P-256", "SM2"])
def test_a_renewed_authority_of_the_same_name_is_told_apart_by_its_key(
    kind: str, root: Made, now: datetime
) -> None:
    """Two keys under one name are usual after a renewal: both issue, in whichever order stored."""
    old = made("Issuing", now, kind=kind, issuer=root)
    new = made("Issuing", now, kind=kind, issuer=root, key=made("New", now, kind=kind).key)
    for stored in ([old.der, new.der], [new.der, old.der]):
        trust = TrustStore([Anchor(root.der)], allow_demo=False, intermediates=stored)
        for issuing in (old, new):
            leaf = holder("Holder", now, kind=kind, issuer=issuing)
            assert trust.validate(leaf.der, (), now, "login").path[1] == issuing.der


def test_the_limits_are_what_the_findings_ask_for() -> None:
    assert (CERTIFICATE_LIMIT, paths.INTERMEDIATES_LIMIT) == (8192, 4)
