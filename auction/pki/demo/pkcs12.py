"""Key files (.pfx, PKCS #12, RFC 7292) of demo identities, for every kind of key.

`cryptography` writes them for RSA and P-256 only: it cannot hold an SM2 key. So the modern form is
written here, the same for all: PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC for key and
certificates, HMAC-SHA256 over the whole.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Final

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from auction.pki import der

# What cryptography takes as well. A page opens the file with a script, so not a million.
ITERATIONS: Final = 20_000

_DATA = "1.2.840.113549.1.7.1"
_ENCRYPTED_DATA = "1.2.840.113549.1.7.6"
_SHROUDED_KEY_BAG = "1.2.840.113549.1.12.10.1.2"
_CERTIFICATE_BAG = "1.2.840.113549.1.12.10.1.3"
_X509_CERTIFICATE = "1.2.840.113549.1.9.22.1"
_FRIENDLY_NAME = "1.2.840.113549.1.9.20"
_LOCAL_KEY_ID = "1.2.840.113549.1.9.21"
_PBES2 = "1.2.840.113549.1.5.13"
_PBKDF2 = "1.2.840.113549.1.5.12"
_HMAC_SHA256 = "1.2.840.113549.2.9"
_AES_256_CBC = "2.16.840.1.101.3.4.1.42"
_SHA256 = "2.16.840.1.101.3.4.2.1"

_MAC_BLOCK = 64
_MAC_PURPOSE = 3


def modern(
    key: bytes, certificate: bytes, chain: Sequence[bytes], *, name: str, password: str
) -> bytes:
    """A .pfx of a PKCS #8 key, its certificate and the certificates above it, all DER.

    `name` is the friendly name that programs show. Salts and vectors are random, so no two files
    are alike. Raises ValueError for an empty password, which programs read in two ways.
    """
    if not password:
        raise ValueError("a key file needs a password")
    label = _attribute(_FRIENDLY_NAME, der.tlv(der.BMP_STRING, name.encode("utf-16-be")))
    key_id = _attribute(_LOCAL_KEY_ID, der.octets(hashlib.sha256(certificate).digest()))
    secret = password.encode()
    scheme, encrypted = _encrypt(key, secret)
    key_bag = _bag(_SHROUDED_KEY_BAG, der.sequence(scheme, der.octets(encrypted)), label, key_id)
    certificate_bags = [_certificate_bag(certificate, label, key_id), *map(_certificate_bag, chain)]
    scheme, encrypted = _encrypt(der.sequence(*certificate_bags), secret)
    encrypted_data = der.sequence(
        der.integer(0), der.sequence(der.oid(_DATA), scheme, der.tlv(0x80, encrypted))
    )
    safe = der.sequence(
        _content_info(_ENCRYPTED_DATA, encrypted_data),
        _content_info(_DATA, der.octets(der.sequence(key_bag))),
    )
    return der.sequence(
        der.integer(3), _content_info(_DATA, der.octets(safe)), _mac_data(safe, password)
    )


def _encrypt(plain: bytes, secret: bytes) -> tuple[bytes, bytes]:
    """AlgorithmIdentifier (PBES2, RFC 8018) and ciphertext."""
    salt, vector = secrets.token_bytes(16), secrets.token_bytes(16)
    pad = padding.PKCS7(algorithms.AES.block_size).padder()
    key = hashlib.pbkdf2_hmac("sha256", secret, salt, ITERATIONS, 32)
    cipher = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    derivation = der.algorithm(
        _PBKDF2,
        der.sequence(
            der.octets(salt), der.integer(ITERATIONS), der.algorithm(_HMAC_SHA256, der.NULL)
        ),
    )
    encryption = der.algorithm(_AES_256_CBC, der.octets(vector))
    encrypted = cipher.update(pad.update(plain) + pad.finalize()) + cipher.finalize()
    return der.algorithm(_PBES2, der.sequence(derivation, encryption)), encrypted


def _mac_data(safe: bytes, password: str) -> bytes:
    salt = secrets.token_bytes(16)
    code = hmac.digest(_mac_key(password, salt), safe, "sha256")
    digest_info = der.sequence(der.algorithm(_SHA256, der.NULL), der.octets(code))
    return der.sequence(digest_info, der.octets(salt), der.integer(ITERATIONS))


def _mac_key(password: str, salt: bytes) -> bytes:
    """RFC 7292 B.2 for SHA-256 and a key of one digest's length, where it needs one round only.

    The password is UTF-16 with a final zero here, but UTF-8 for PBES2: so OpenSSL does it.
    """

    def filled(data: bytes) -> bytes:
        size = -(-len(data) // _MAC_BLOCK) * _MAC_BLOCK
        return (data * (size // len(data) + 1))[:size]

    key = bytes([_MAC_PURPOSE]) * _MAC_BLOCK + filled(salt)
    key += filled(password.encode("utf-16-be") + b"\x00\x00")
    for _ in range(ITERATIONS):
        key = hashlib.sha256(key).digest()
    return key


def _certificate_bag(certificate: bytes, *attributes: bytes) -> bytes:
    value = der.tlv(der.context(0), der.octets(certificate))
    return _bag(_CERTIFICATE_BAG, der.sequence(der.oid(_X509_CERTIFICATE), value), *attributes)


def _bag(kind: str, value: bytes, *attributes: bytes) -> bytes:
    labels = (der.tlv(der.SET, *sorted(attributes)),) if attributes else ()
    return der.sequence(der.oid(kind), der.tlv(der.context(0), value), *labels)


def _attribute(kind: str, value: bytes) -> bytes:
    return der.sequence(der.oid(kind), der.tlv(der.SET, value))


def _content_info(kind: str, value: bytes) -> bytes:
    return der.sequence(der.oid(kind), der.tlv(der.context(0), value))
