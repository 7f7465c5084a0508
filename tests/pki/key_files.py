"""Key files of every kind that a page must open; the password of all is PASSWORD."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    load_der_private_key,
    pkcs12,
)

from auction.pki import der
from auction.pki.chain import Anchor
from auction.pki.demo.authority import DemoCA
from auction.pki.demo.pkcs12 import modern
from auction.pki.softkey import SoftKey

FOLDER = Path(__file__).parents[1] / "vectors" / "pfx"
PASSWORD = "演练-123"
# The files of FOLDER were issued late in 2026, for decades.
NOW = datetime(2027, 6, 1, 4, 0, tzinfo=UTC)
HOLDER = "西宁演练置业有限公司"
_BAG = "1.2.840.113549.1.12.10.1."
_DATA = "1.2.840.113549.1.7.1"
_HMAC_SHA256 = "1.2.840.113549.2.9"
_PBKDF2 = "1.2.840.113549.1.5.12"
_PBMAC1 = "1.2.840.113549.1.5.14"
_X509 = "1.2.840.113549.1.9.22.1"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """One file, the kind of its key, and what its certificate is trusted by."""

    content: bytes
    kind: str
    anchor: Anchor

    @property
    def base64(self) -> str:
        return b64encode(self.content).decode()


def kept(name: str) -> bytes:
    """A file of FOLDER."""
    return (FOLDER / f"{name}.pfx").read_bytes()


def made_by_openssl(name: str, kind: str) -> KeyFile:
    root = "sm2-root.der" if kind == "SM2" else "ec-root.der"
    return KeyFile(kept(name), kind, Anchor((FOLDER / root).read_bytes()))


def enrolled(ca: DemoCA, kind: str) -> SoftKey:
    """A key with a certificate of `ca`."""
    key = SoftKey.generate(b"key file" if kind != "SM2" else None, kind)
    since = NOW - timedelta(days=1)
    until = NOW + timedelta(days=365)
    key.certificate = ca.issue(HOLDER, "91630100MA7DEMO007", key.public_key, since, until, 4711)
    return key


def made_by_cryptography(ca: DemoCA, kind: str) -> KeyFile:
    """PBES2 with 20,000 rounds, and the chain beside the certificate."""
    key = enrolled(ca, kind)
    private = load_der_private_key(key.private_pkcs8(), None)
    chain = [x509.load_der_x509_certificate(one) for one in (ca.intermediate, ca.anchor)]
    certificate = x509.load_der_x509_certificate(key.certificate)
    content = pkcs12.serialize_key_and_certificates(
        HOLDER.encode(), private, certificate, chain, BestAvailableEncryption(PASSWORD.encode())
    )
    return KeyFile(content, kind, Anchor(ca.anchor))


def made_by_demo_ca(ca: DemoCA, kind: str) -> KeyFile:
    """As `pki demo-ca` writes it."""
    key = enrolled(ca, kind)
    chain = [ca.intermediate, ca.anchor]
    content = modern(key.private_pkcs8(), key.certificate, chain, name=HOLDER, password=PASSWORD)
    return KeyFile(content, kind, Anchor(ca.anchor))


def open_file(keys: Sequence[SoftKey], certificates: Sequence[bytes]) -> bytes:
    """A file that no password protects, with several keys: no common tool writes one."""
    bags = [_bag("1", key.private_pkcs8()) for key in keys] + [
        _bag("3", der.sequence(der.oid(_X509), der.tlv(0xA0, der.octets(one))))
        for one in certificates
    ]
    safe = der.sequence(_data(der.sequence(*bags)))
    return der.sequence(der.integer(3), _data(safe))


def in_pieces(content: bytes) -> bytes:
    """The same file in BER, as older programs stream it: no lengths, contents in pieces."""
    version, safe, *rest = der.children(content)
    kind, value = der.children(safe)
    octets = der.content(der.children(value)[0])[1]
    pieces = [der.octets(octets[at : at + 100]) for at in range(0, len(octets), 100)]
    streamed = _endless(0x30, kind, _endless(0xA0, _endless(0x24, *pieces)))
    return _endless(0x30, version, streamed, *rest)


def with_pbmac1(content: bytes) -> bytes:
    """The same file under the newer kind of MAC (RFC 9579), which its tools do not write yet."""
    version, safe, _ = der.children(content)
    covered = der.content(der.children(der.children(safe)[1])[0])[1]
    salt, rounds = b"eight by", 2048
    key = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), salt, rounds, 32)
    scheme = der.algorithm(_HMAC_SHA256, der.NULL)
    parameters = der.sequence(der.octets(salt), der.integer(rounds), der.integer(32), scheme)
    derivation = der.algorithm(_PBKDF2, parameters)
    kind = der.algorithm(_PBMAC1, der.sequence(derivation, scheme))
    made = der.octets(hmac.digest(key, covered, "sha256"))
    info = der.sequence(kind, made)
    return der.sequence(version, safe, der.sequence(info, der.octets(b"NOT USED"), der.integer(1)))


def spoilt(content: bytes) -> list[bytes]:
    """What is no key file: nothing, a text, a file cut short, other ASN.1."""
    text = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    certificate = (FOLDER / "ec-root.der").read_bytes()
    return [b"", text, content[:-7], content + b"\0", certificate, b64decode("MAMCAQM=")]


def _endless(tag: int, *parts: bytes) -> bytes:
    return bytes([tag, 0x80]) + b"".join(parts) + b"\0\0"


def _bag(number: str, value: bytes) -> bytes:
    return der.sequence(der.oid(_BAG + number), der.tlv(0xA0, value))


def _data(content: bytes) -> bytes:
    return der.sequence(der.oid(_DATA), der.tlv(0xA0, der.octets(content)))
