"""SM2 with SM3: the standard's example, OpenSSL's forms, and three backends of one opinion."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import example, given
from hypothesis import strategies as st

from auction.pki.sm2 import Sm2PrivateKey, Sm2PublicKey, pure
from auction.pki.sm2.backend import Backend, Unavailable
from auction.pki.sm2.choice import OPENERS
from auction.pki.sm2.curve import G, N, P, multiply, on_curve
from auction.pki.sm2.encoding import readings, signature_der
from auction.pki.sm2.known_answers import KNOWN_ANSWERS, wrong_answers
from auction.pki.sm2.libcrypto import Libcrypto
from auction.pki.sm2.sm3 import portable_sm3, sm3

# GB/T 32918.5-2017, annex A.2: key, random number and signature of the example.
PRIVATE = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
NONCE = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
HASHED = 0xF0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640
EXAMPLE = KNOWN_ANSWERS[0]

# Written by OpenSSL 3.0: `openssl genpkey -algorithm SM2`, then `openssl pkeyutl -sign -rawin
# -digest sm3 -pkeyopt distid:1234567812345678` over `DSSEv1 test`.
OPENSSL_PKCS8 = bytes.fromhex(
    "308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420aa7b2b25a008b8d3"
    "230d036031e4a7f42b09ff6faa2e69b9a581d7407094a131a14403420004c545fd447b1afbdf3dabdb3c9ebd"
    "c2b57f3aec8bd28da78ea79868f7963756f2619378bfa69b3b78170f503e66f786ac1dc7ae78ff85e4b56be1"
    "01dd24d27a30"
)
OPENSSL_SIGNATURE = bytes.fromhex(
    "304402202db81062ccf20f8f0d440d9b44349d93a59d4cf33c9476ef862ca6999a4cbc3c02207fa72145b378"
    "733b7e45403df3bf6ebe022ef6513685b2ff293caa40b629cfc2"
)


def opened() -> list[Backend]:
    found = []
    for opener in OPENERS:
        try:
            found.append(opener())
        except Unavailable:
            continue
    return found


BACKENDS = opened()


def raw(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def blob(r: int, s: int, padding: bytes = bytes(32)) -> bytes:
    return padding + r.to_bytes(32, "big") + padding + s.to_bytes(32, "big")


def verdicts(key: Sm2PublicKey, signature: bytes, message: bytes) -> dict[str, bool]:
    """What each backend says of a signature as it arrives."""
    return {
        one.name: any(one.verify(key.point, r, s, message) for r, s in readings(signature))
        for one in BACKENDS
    }


def agreed(key: Sm2PublicKey, signature: bytes, message: bytes) -> bool:
    said = verdicts(key, signature, message)
    assert len(set(said.values())) == 1, said
    assert key.verify(signature, message) is said["pure"]
    return said["pure"]


def test_two_backends_are_compared_at_least() -> None:
    assert {one.name for one in BACKENDS} >= {"libcrypto", "pure"}


def test_sm3_gives_the_examples_of_its_standard() -> None:
    for hashed in (sm3, portable_sm3):
        assert hashed(b"abc").hex() == (
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
        )
        assert hashed(b"abcd" * 16).hex() == (
            "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
        )


@pytest.mark.skipif("sm3" not in hashlib.algorithms_available, reason="this OpenSSL has no SM3")
@given(st.binary(max_size=300))
def test_the_portable_sm3_is_the_librarys(data: bytes) -> None:
    assert portable_sm3(data) == hashlib.new("sm3", data).digest()


def test_signing_gives_the_example_of_the_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = []

    def nonces(_private: int, e: int) -> list[int]:
        hashed.append(e)
        return [NONCE]

    monkeypatch.setattr(pure, "_nonces", nonces)
    assert pure.sign(PRIVATE, EXAMPLE.message) == (EXAMPLE.r, EXAMPLE.s)
    assert hashed == [HASHED]
    assert Sm2PrivateKey(PRIVATE).public_key().point == EXAMPLE.point


@pytest.mark.parametrize("backend", BACKENDS, ids=lambda one: one.name)
def test_every_backend_gives_the_known_answers(backend: Backend) -> None:
    assert wrong_answers(backend) == []


def test_keys_and_signatures_of_openssl_are_read_and_its_form_of_key_written() -> None:
    key = Sm2PrivateKey.from_pkcs8(OPENSSL_PKCS8)
    assert key.pkcs8() == OPENSSL_PKCS8
    assert agreed(key.public_key(), OPENSSL_SIGNATURE, b"DSSEv1 test")
    assert not agreed(key.public_key(), OPENSSL_SIGNATURE, b"DSSEv1 tesT")


def test_a_file_with_the_point_of_another_key_is_no_key() -> None:
    foreign = OPENSSL_PKCS8[:-65] + EXAMPLE.point
    for der in (foreign, OPENSSL_PKCS8 + b"\x00", OPENSSL_PKCS8[:-1], b""):
        with pytest.raises(ValueError, match="SM2"):
            Sm2PrivateKey.from_pkcs8(der)


def test_a_private_key_is_not_shown() -> None:
    assert str(PRIVATE) not in repr(Sm2PrivateKey(PRIVATE))


scalars = st.integers(1, N - 2)
# How a signature is spoilt, and how it is sent. Each takes (r, s) of a good one.
SPOILT: dict[str, Callable[[int, int], tuple[int, int]]] = {
    "r = 0": lambda r, s: (0, s),
    "s = 0": lambda r, s: (r, 0),
    "r = n": lambda r, s: (N, s),
    "s = n": lambda r, s: (r, N),
    "r = n + 1": lambda r, s: (N + 1, s),
    "s = n + 1": lambda r, s: (r, N + 1),
    "s = n - s": lambda r, s: (r, N - s),
    "r + s = n": lambda r, s: (r, N - r),
    "r and s exchanged": lambda r, s: (s, r),
    "one bit of r": lambda r, s: (r ^ 1, s),
    "one bit of s": lambda r, s: (r, s ^ 1 << 200),
}
SENT: dict[str, Callable[[int, int], bytes]] = {"DER": signature_der, "r||s": raw, "blob": blob}
# Other encodings of the same good numbers: none is one of the three forms.
MISSENT: dict[str, Callable[[int, int], bytes]] = {
    "trailing byte": lambda r, s: signature_der(r, s) + b"\x00",
    "byte cut off": lambda r, s: signature_der(r, s)[:-1],
    "padded integer": lambda r, s: b"\x30\x46\x02\x21\x00" + _i(r) + b"\x02\x21\x00" + _i(s),
    "negative integer": lambda r, s: b"\x30\x44\x02\x20" + _i(r) + b"\x02\x20" + _i(s),
    "long length": lambda r, s: b"\x30\x81" + signature_der(r, s)[1:],
    "indefinite length": lambda r, s: b"\x30\x80" + signature_der(r, s)[2:] + b"\x00\x00",
    "a third integer": lambda r, s: b"\x30" + _longer(signature_der(r, s)) + b"\x02\x01\x01",
    "nothing": lambda r, s: b"",
    "63 bytes": lambda r, s: raw(r, s)[1:],
    "65 bytes": lambda r, s: raw(r, s) + b"\x00",
    "blob with ones before": lambda r, s: blob(r, s, b"\xff" * 32),
    "blob with one bit before": lambda r, s: blob(r, s, bytes(31) + b"\x01"),
    "blob with zeros behind": lambda r, s: _i(r) + bytes(32) + _i(s) + bytes(32),
    "blob, numbers together": lambda r, s: bytes(64) + raw(r, s),
    "blob of 127 bytes": lambda r, s: blob(r, s)[1:],
}


def _i(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _longer(der: bytes) -> bytes:
    return bytes([der[1] + 3]) + der[2:]


@given(scalar=scalars, message=st.binary(max_size=200), spoil=st.sampled_from([None, *SPOILT]))
def test_backends_agree_on_every_form_of_good_and_spoilt_signatures(
    scalar: int, message: bytes, spoil: str | None
) -> None:
    key = Sm2PrivateKey(scalar)
    numbers = pure.sign(scalar, message)
    if spoil:
        numbers = SPOILT[spoil](*numbers)
    for form in SENT.values():
        assert agreed(key.public_key(), form(*numbers), message) is (spoil is None)


@given(scalar=scalars, message=st.binary(max_size=200), how=st.sampled_from([*MISSENT]))
def test_backends_agree_to_refuse_every_other_encoding(
    scalar: int, message: bytes, how: str
) -> None:
    r, s = pure.sign(scalar, message)
    sent = MISSENT[how](r, s)
    if sent == signature_der(r, s):  # an integer without its high bit has no padding to lack
        return
    assert agreed(Sm2PrivateKey(scalar).public_key(), sent, message) is False


@given(scalar=scalars, message=st.binary(max_size=99), at=st.integers(0), flip=st.integers(1, 255))
def test_der_is_read_as_strictly_as_openssl_reads_it(
    scalar: int, message: bytes, at: int, flip: int
) -> None:
    """OpenSSL, given the bytes as they are, refuses what our reader keeps away from it."""
    key = Sm2PrivateKey(scalar)
    good = key.sign(message)
    point = key.public_key().point
    library = Libcrypto()
    loaded = library._key(point)
    assert loaded is not None
    flipped = bytearray(good)
    flipped[at % len(good)] ^= flip
    others = [MISSENT[how](*decode_dss_signature(good)) for how in MISSENT]
    for sent in (good, bytes(flipped), *others):
        told = any(library.verify(point, r, s, message) for r, s in readings(sent))
        assert told is (sent == good)
        assert (library._answer(loaded, sent, message) == 1) is told


@given(scalar=scalars, other=scalars, message=st.binary(max_size=50))
def test_only_the_key_that_signed_verifies(scalar: int, other: int, message: bytes) -> None:
    signature = Sm2PrivateKey(scalar).sign(message)
    assert agreed(Sm2PrivateKey(other).public_key(), signature, message) is (scalar == other)


@given(point=st.binary(min_size=64, max_size=64).map(lambda tail: b"\x04" + tail))
@example(point=EXAMPLE.point[:-1] + b"\x12")
@example(point=b"\x04" + (P + 1).to_bytes(32, "big") + EXAMPLE.point[33:])
@example(point=b"\x04" + bytes(64))
def test_points_off_the_curve_are_no_keys_for_anyone(point: bytes) -> None:
    with pytest.raises(ValueError, match="curve"):
        Sm2PublicKey(point)
    for one in BACKENDS:
        assert one.verify(point, EXAMPLE.r, EXAMPLE.s, EXAMPLE.message) is False


@pytest.mark.parametrize(
    "point",
    [
        b"",
        b"\x00",
        EXAMPLE.point[1:],
        b"\x02" + EXAMPLE.point[1:33],
        b"\x06" + EXAMPLE.point[1:],
        EXAMPLE.point + b"\x00",
    ],
    ids=["nothing", "infinity", "no tag", "compressed", "hybrid", "trailing byte"],
)
def test_only_the_uncompressed_form_of_a_point_is_a_key(point: bytes) -> None:
    with pytest.raises(ValueError, match="65 bytes"):
        Sm2PublicKey(point)


def test_arithmetic_meets_its_edges() -> None:
    point = multiply(PRIVATE, G)
    assert point is not None
    assert on_curve(point)
    assert multiply(N, point) is None
    assert multiply(N - 1, point) == (point[0], P - point[1])
    assert multiply(N + 1, point) == point
    assert multiply(0, point) is None
    assert multiply(2, point) == multiply(N + 2, point)


def test_threads_share_libcrypto_also_where_its_cache_is_too_small() -> None:
    library = Libcrypto()
    library._key = lru_cache(maxsize=2)(library._load)
    keys = [Sm2PrivateKey(scalar) for scalar in range(1, 9)]
    asked = [
        (key.public_key().point, *decode_dss_signature(key.sign(b"%d" % n)), b"%d" % m, n == m)
        for key in keys
        for n in range(3)
        for m in range(3)
    ]

    def ask(question: tuple[bytes, int, int, bytes, bool]) -> bool:
        return library.verify(*question[:4]) is question[4]

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, asked))
