"""Input that `pki verify` cannot use: a clear line, or a refusal, never a traceback."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from demo_certificates import as_der, chain, pem
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from auction.cli_pki import pki
from auction.pki import der
from auction.pki.demo.authority import private_pem
from auction.pki.files import CERTIFICATES_LIMIT
from auction.pki.softkey import SoftKey

Verify = Callable[..., Result]
Judged = Callable[..., dict[str, Any]]


def unusable(result: Result, *words: str) -> None:
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("cannot check: ")
    assert result.stderr.count("\n") == 1
    for word in words:
        assert word in result.stderr


def test_what_is_not_a_certificate_is_named_for_what_it_is(
    folder: Path, tmp_path: Path, verify: Verify
) -> None:
    there = folder / "rsa"
    request = x509.CertificateSigningRequestBuilder(x509.Name([])).sign(
        ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()
    )
    files = {
        "request.csr": request.public_bytes(Encoding.DER),
        "public.der": SoftKey.generate(kind="SM2").spki,
        "private.pem": private_pem(SoftKey.generate(kind="SM2")),
        "encrypted.pem": b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n",
        "cut.pem": (there / "bidder.crt").read_bytes()[:200],
        "mislabelled.pem": pem("CERTIFICATE", (there / "issuing.crl").read_bytes()),
        "junk.pem": pem("CERTIFICATE", b"junk"),
        "empty": b"",
        "text": b"certificate",
        "large": bytes(10 * 1024 * 1024),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    for path, words in {
        there: "Is a directory",
        there / "missing.crt": "No such file",
        there / "issuing.crl": "but a revocation list",
        there / "bidder.ocsp": "but an OCSP answer",
        there / "bidder.pfx": "but a key file (.pfx)",
        there / "issuing.key": "but a private key",
        tmp_path / "request.csr": "but a certificate request",
        tmp_path / "public.der": "but a public key",
        tmp_path / "private.pem": "but a private key",
        tmp_path / "encrypted.pem": "but a private key",
        tmp_path / "cut.pem": "PEM that is cut short",
        tmp_path / "mislabelled.pem": "but a revocation list labelled as one",
        tmp_path / "junk.pem": "something unreadable labelled as one",
        tmp_path / "empty": "the file is empty",
        tmp_path / "text": "not a certificate",
        tmp_path / "large": f"larger than {CERTIFICATES_LIMIT} bytes",
    }.items():
        unusable(verify(path), str(path), words)


def test_every_file_must_be_what_its_option_says(folder: Path, verify: Verify) -> None:
    there = folder / "p-256"
    leaf = there / "bidder.crt"
    unusable(verify(leaf, "--crl", there / "root.crt"), "not a revocation list, but a certificate")
    unusable(verify(leaf, "--ocsp", there / "root.crl"), "not an OCSP answer")
    unusable(verify(leaf, "--anchor", there / "root.key"), "but a private key")
    unusable(verify(leaf, "--intermediate", there / "root.crl"), "but a revocation list")


@pytest.mark.parametrize(
    "at",
    [
        "gestern",
        "",
        "2024-13-01T00:00:00Z",
        "11.11.2024",
        "0001-01-01",
        "9999-12-31T23:59-01:00",
        "9999-12-31T23:59Z",
        "0002-01-01Z",
    ],
)
def test_a_time_must_be_one(folder: Path, verify: Verify, at: str) -> None:
    unusable(verify(folder / "p-256" / "bidder.crt", "--at", at), "--at", "2024-11-11T14:30")


def test_a_time_without_zone_is_beijing_time(folder: Path, judged: Judged) -> None:
    leaf = folder / "p-256" / "bidder.crt"
    for at in ("2024-11-11T14:30:00", "2024-11-11T06:30:00Z", "2024-11-11T06:30:00+00:00"):
        assert judged(leaf, "--at", at)["at"] == "2024-11-11T06:30:00Z"
    assert judged(leaf, "--at", "2024-11-11")["at"] == "2024-11-10T16:00:00Z"


def test_an_unknown_purpose_is_not_judged(folder: Path, verify: Verify) -> None:
    result = verify(folder / "p-256" / "bidder.crt", "--purpose", "LOGIN")
    unusable(result, "--purpose LOGIN", "login, bid")


def test_a_certificate_broken_inside_is_refused_not_unusable(
    tmp_path: Path, folder: Path, judged: Judged
) -> None:
    whole = x509.load_pem_x509_certificate((folder / "p-256" / "bidder.crt").read_bytes())
    data = whole.public_bytes(Encoding.DER)
    name = "甲公司".encode()
    broken = tmp_path / "broken.der"
    broken.write_bytes(data.replace(name, b"\xff" * len(name)))
    found = judged(broken, *chain(folder / "p-256"))
    assert found["code"] == "CERTIFICATE_MALFORMED"
    assert found["certificate"] is None
    broken.write_bytes(der.sequence(der.sequence(), der.sequence(), der.bits(b"")))
    assert judged(broken, *chain(folder / "p-256"))["code"] == "CERTIFICATE_MALFORMED"


@settings(max_examples=60)
@given(
    kind=st.sampled_from(["p-256", "sm2"]),
    option=st.sampled_from(["", "--crl", "--ocsp", "--anchor", "--intermediate"]),
    cut=st.integers(0, 3000),
    put=st.binary(max_size=6),
    whole=st.booleans(),
)
def test_whatever_the_bytes_it_ends_with_a_verdict_or_a_clear_line(
    app: Flask, folder: Path, kind: str, option: str, cut: int, put: bytes, whole: bool
) -> None:
    """Each file is disturbed at one place, or is a few bytes of nothing."""
    there = folder / kind
    files = {
        "": there / "bidder.crt",
        "--crl": there / "issuing.crl",
        "--ocsp": there / "bidder.ocsp",
        "--anchor": there / "root.crt",
        "--intermediate": there / "issuing.crt",
    }
    data = as_der(files[option].read_bytes())
    at = cut % len(data)
    files[option] = folder / "disturbed"
    files[option].write_bytes(data[:at] + put + data[at + len(put) :] if whole else put)
    leaf = files.pop("")
    options = [text for name, path in files.items() for text in (name, str(path))]
    result = app.test_cli_runner().invoke(pki, ["verify", str(leaf), *options])
    assert result.exit_code in (0, 1, 2), result.output
    assert isinstance(result.exception, SystemExit | None)
    if result.exit_code == 0:
        # A disturbed record may speak of something else, never for the certificate.
        assert leaf.name != "disturbed" or as_der(leaf.read_bytes()) == as_der(
            (there / "bidder.crt").read_bytes()
        )
