"""Key files as old programs write them: the page that opens a bidder's file must know them too."""

import os
import shutil
import ssl
import subprocess
from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    pkcs12,
)

ITERATIONS: Final = 2048
_OPENSSL_SECONDS = 30


def triple_des(
    key: bytes, certificate: bytes, chain: Sequence[bytes], *, name: str, password: str
) -> bytes:
    """Key and certificates in 3DES, SHA-1 throughout; arguments as of `pkcs12.modern`.

    Raises ValueError for an SM2 key, which no program writes in this form.
    """
    private = _private_key(key)
    encryption = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(ITERATIONS)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())  # noqa: S303 - what such files have
        .build(password.encode())
    )
    return pkcs12.serialize_key_and_certificates(
        name.encode(),
        private,
        x509.load_der_x509_certificate(certificate),
        [x509.load_der_x509_certificate(one) for one in chain],
        encryption,
    )


def rc2(
    key: bytes, certificate: bytes, chain: Sequence[bytes], *, name: str, password: str
) -> bytes | None:
    """The oldest form in use: certificates in 40-bit RC2, the key in 3DES.

    No library here writes RC2, only the `openssl` program with its legacy provider: None where
    that is missing. Raises ValueError for an SM2 key.
    """
    private = _private_key(key)
    program = shutil.which("openssl")
    if program is None:
        return None
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificates = "".join(map(ssl.DER_cert_to_PEM_cert, (certificate, *chain)))
    command = [
        *(program, "pkcs12", "-export", "-legacy", "-name", name),
        *("-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-RC2-40", "-macalg", "sha1"),
        *("-passout", "env:PFX_PASSWORD"),
    ]
    try:
        ran = subprocess.run(  # noqa: S603 - fixed words; key and password are not among them
            command,
            input=pem + certificates.encode(),
            capture_output=True,
            env={**os.environ, "PFX_PASSWORD": password},
            timeout=_OPENSSL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ran.stdout if ran.returncode == 0 and ran.stdout else None


def _private_key(pkcs8: bytes) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    try:
        private = load_der_private_key(pkcs8, password=None)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from None
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError("not an RSA or NIST-curve key")
    return private
