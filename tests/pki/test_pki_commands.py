"""`pki verify` and `pki demo-ca`: what they say, and with which exit status they say it."""

import base64
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask
from flask_babel import force_locale
from hypothesis import given, settings
from hypothesis import strategies as st

from auction.app import create_app
from auction.cli_pki import KINDS, pki
from auction.pki import der
from auction.pki.demo_ca import private_pem
from auction.pki.files import CERTIFICATES_LIMIT
from auction.pki.reasons import PkiReason
from auction.pki.softkey import SoftKey
from auction.presenting.pki_reasons import sentence
from auction.store.base import db
from auction.trading.time import DrivenClock
from config import Settings

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2024, 11, 11, 6, 30, tzinfo=UTC)
SECRET = "geheim-1"
Verify = Callable[..., Result]
CASES: list[dict[str, Any]] = json.loads(
    (ROOT / "tests/vectors/x509-limbo/client-crl.json").read_text()
)["testcases"]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A fresh installation: keys, but no table in its database."""
    folder = tmp_path_factory.mktemp("installation")
    made = create_app(
        Settings.from_environment({"AUCTION_DATA_DIR": str(folder)}), clock=DrivenClock(NOW)
    )
    yield made
    with made.app_context():
        db.engine.dispose()
    made.extensions["auction"].engine.dispose()


@pytest.fixture(scope="module")
def folder(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `demo-ca` writes, of every kind."""
    out = tmp_path_factory.mktemp("demo") / "ca"
    result = app.test_cli_runner().invoke(
        pki, ["demo-ca", "--out", str(out), "--password", SECRET, "--name", "甲公司"]
    )
    assert result.exit_code == 0, result.output
    return out


@pytest.fixture
def verify(app: Flask) -> Verify:
    def run(*args: str | Path) -> Result:
        return app.test_cli_runner().invoke(pki, ["verify", *map(str, args)])

    return run


@pytest.fixture
def judged(verify: Verify) -> Callable[..., dict[str, Any]]:
    """The same for machines; whether the exit status fits is checked at once."""

    def run(*args: str | Path) -> dict[str, Any]:
        result = verify("--json", *args)
        found: dict[str, Any] = json.loads(result.stdout)
        assert result.exit_code == (0 if found["accepted"] else 1), result.output
        assert [step["passed"] for step in found["steps"]].count(False) == result.exit_code
        return found

    return run


def chain(folder: Path, *, lists: bool = True) -> list[str | Path]:
    """Options that lead to the root of this demo authority."""
    status = ["--crl", folder / "issuing.crl", "--crl", folder / "root.crl"] if lists else []
    return ["--intermediate", folder / "issuing.crt", "--anchor", folder / "root.crt", *status]


@pytest.mark.parametrize("kind", KINDS)
def test_the_bidder_of_every_kind_is_accepted(
    folder: Path, judged: Callable[..., dict[str, Any]], kind: str
) -> None:
    found = judged(folder / kind / "bidder.crt", *chain(folder / kind), "--purpose", "login")
    assert found["accepted"]
    assert found["code"] is None
    assert found["sentence"] is None
    assert found["certificate"]["key"] == KINDS[kind]
    assert "CN=甲公司" in found["certificate"]["subject"]
    assert found["certificate"]["organisation_code"] == "91630100MA7YANQA1B"
    assert found["anchor"]["source"] == "given"
    assert found["revocation_known"]
    assert [piece["code"] for piece in found["evidence"]] == [None, None]
    names = [step["name"] for step in found["steps"]]
    assert names[:3] == ["size", "parse", "path"]
    assert names.count("revocation") == 2


@pytest.mark.parametrize("kind", KINDS)
def test_the_others_of_every_kind_are_refused_by_name(
    folder: Path, judged: Callable[..., dict[str, Any]], kind: str
) -> None:
    there = folder / kind
    by_list = judged(there / "revoked.crt", *chain(there))
    assert by_list["code"] == "CERTIFICATE_REVOKED"
    assert by_list["anchor"] == by_list["anchors_asked"][0]  # a path there was
    assert by_list["path"] == []
    by_ocsp = judged(
        there / "revoked.crt", *chain(there, lists=False), "--ocsp", there / "revoked.ocsp"
    )
    assert by_ocsp["code"] == "CERTIFICATE_REVOKED"
    assert by_ocsp["evidence"][0]["kind"] == "ocsp"
    expired = judged(there / "expired.crt", *chain(there, lists=False))
    assert expired["code"] == "CERTIFICATE_EXPIRED"
    earlier = (NOW - timedelta(days=60)).isoformat()
    assert judged(there / "expired.crt", *chain(there, lists=False), "--at", earlier)["accepted"]


def test_a_good_ocsp_answer_counts_and_one_about_another_certificate_does_not(
    folder: Path, judged: Callable[..., dict[str, Any]]
) -> None:
    there = folder / "sm2"
    options = chain(there, lists=False)
    good = judged(there / "bidder.crt", *options, "--ocsp", there / "bidder.ocsp")
    assert good["accepted"]
    assert not good["revocation_known"]  # nothing was said about the issuing CA
    wrong = judged(there / "officer.crt", *options, "--ocsp", there / "bidder.ocsp")
    assert wrong["code"] == "CERTIFICATE_STATUS_UNKNOWN"
    assert wrong["evidence"][0]["code"] == "OCSP_WRONG_CERTIFICATE"
    assert wrong["evidence"][0]["sentence"] != wrong["evidence"][0]["sentence_en"]


def test_a_list_that_is_refused_is_not_the_same_as_no_list(
    folder: Path, judged: Callable[..., dict[str, Any]]
) -> None:
    there = folder / "p-256"
    later = (NOW + timedelta(days=364, hours=23)).isoformat()
    before = (NOW - timedelta(days=2)).isoformat()
    options = chain(there, lists=False)
    assert judged(there / "bidder.crt", *options)["accepted"]
    for at, code in ((before, "CRL_FROM_FUTURE"), (later, None)):
        found = judged(there / "bidder.crt", *options, "--crl", there / "issuing.crl", "--at", at)
        assert found["evidence"][0]["code"] == code
        assert found["code"] == ("CERTIFICATE_STATUS_UNKNOWN" if code else None)
    foreign = judged(there / "bidder.crt", *options, "--crl", folder / "rsa" / "issuing.crl")
    assert foreign["evidence"][0]["code"] == "CRL_WRONG_ISSUER"
    assert foreign["code"] == "CERTIFICATE_STATUS_UNKNOWN"


def test_people_read_verdict_sentence_certificate_and_steps(folder: Path, verify: Verify) -> None:
    result = verify(folder / "rsa" / "revoked.crt", *chain(folder / "rsa"))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "✗ 不予接受 REFUSED  CERTIFICATE_REVOKED"
    assert lines[1] == "  证书或其上级证书已被吊销。"
    assert lines[2] == "  The certificate, or one above it, has been revoked."
    assert lines[-1].startswith("  ✗ revocation ")
    assert "not under" not in result.stdout
    unknown = verify(folder / "rsa" / "bidder.crt", *chain(folder / "rsa", lists=False))
    assert unknown.stdout.splitlines()[1] == "  吊销状态未全部查明，此信任锚的策略允许。"
    assert unknown.stdout.splitlines()[-1].startswith("  ? revocation ")
    accepted = verify(folder / "rsa" / "bidder.crt", *chain(folder / "rsa"))
    assert accepted.exit_code == 0
    assert accepted.stdout.startswith("✓ 接受 ACCEPTED\n\nasked ")
    assert "✗" not in accepted.stdout


def test_without_anchors_those_of_the_installation_are_asked(
    app: Flask,
    folder: Path,
    tmp_path: Path,
    verify: Verify,
    judged: Callable[..., dict[str, Any]],
) -> None:
    key = SoftKey.generate()
    own = app.extensions["auction"].demo_ca
    file = tmp_path / "own.der"
    day = timedelta(days=1)
    file.write_bytes(own.issue("乙公司", "X1", key.public_key, NOW - day, NOW + day, 7))
    found = judged(file, "--purpose", "bid")
    assert found["accepted"]
    assert found["anchor"]["source"] == "installation"
    lists = tmp_path / "own.crl"
    lists.write_bytes(own.crl({7: NOW}, number=1, now=NOW, next_update=NOW + day))
    assert judged(file, "--crl", lists)["code"] == "CERTIFICATE_REVOKED"
    assert verify(file).stderr == (
        "note: there is no database to read; only anchors from files are asked\n"
    )
    stranger = judged(folder / "p-256" / "bidder.crt")
    assert stranger["code"] == "CERTIFICATE_UNTRUSTED"
    assert stranger["anchor"] is None
    assert [one["source"] for one in stranger["anchors_asked"]] == ["installation"]


def test_one_bundle_may_hold_the_whole_chain(
    folder: Path, tmp_path: Path, judged: Callable[..., dict[str, Any]]
) -> None:
    there = folder / "p-256"
    bundle = tmp_path / "bundle.pem"
    text = [(there / f"{one}.crt").read_text() for one in ("bidder", "issuing")]
    bundle.write_text("Bag Attributes\r\n" + "\r\n".join(text).replace("\n", "\r\n"))
    assert judged(bundle, "--anchor", there / "root.crt")["accepted"]


def test_a_purpose_judges_the_extended_key_usage(
    tmp_path: Path, judged: Callable[..., dict[str, Any]]
) -> None:
    case = next(one for one in CASES if one["id"] == "crl::certificate-not-on-crl")
    options = limbo_options(case, tmp_path)
    assert judged(*options)["accepted"]
    assert judged(*options, "--purpose", "login")["code"] == "CERTIFICATE_WRONG_USAGE"


def test_production_refuses_what_demo_ca_makes(folder: Path, tmp_path: Path) -> None:
    anchors = tmp_path / "anchors"
    anchors.mkdir()
    case = next(one for one in CASES if one["id"].endswith("email-exact"))
    (anchors / "real.crt").write_text(case["trusted_certs"][0])
    ran = process(
        *("verify", "--json", folder / "sm2" / "bidder.crt", *chain(folder / "sm2")),
        AUCTION_MODE="production",
        AUCTION_DATA_DIR=str(tmp_path / "var"),
        AUCTION_DATABASE_URL=f"sqlite:///{tmp_path / 'production.sqlite3'}",
        AUCTION_ORIGIN="https://land.example.cn",
        AUCTION_LOG_ORIGIN="land.example.cn",
        AUCTION_ANCHORS_DIR=str(anchors),
    )
    assert ran.returncode == 1, ran.stderr
    assert json.loads(ran.stdout)["code"] == "CERTIFICATE_DEMO"


@pytest.mark.parametrize(
    "code", [code for code in PkiReason if code.startswith(("CERTIFICATE_", "CRL_", "OCSP_"))]
)
def test_every_code_has_its_sentence_in_both_languages(app: Flask, code: PkiReason) -> None:
    data = {"limit": 8192, "kind": "P-384", "oid": "2.5.29.27", "status": "try_later"}
    said = []
    with app.app_context():
        for language in ("zh_Hans_CN", "en"):
            with force_locale(language):
                said.append(sentence(code, data))
    assert re.search("[一-鿿]", said[0])
    assert not re.search("[一-鿿]", said[1])
    assert "%(" not in said[0] + said[1]


# The cases of x509-limbo through the command


def limbo_options(case: dict[str, Any], where: Path) -> list[str | Path]:
    """Files and options of a case, as somebody would type them."""

    def written(name: str, pem: str) -> Path:
        file = where / name
        file.write_text(pem)
        return file

    options: list[str | Path] = [written("peer.pem", case["peer_certificate"])]
    for option, member in (
        ("--anchor", "trusted_certs"),
        ("--intermediate", "untrusted_intermediates"),
        ("--crl", "crls"),
    ):
        for number, pem in enumerate(case[member]):
            options += [option, written(f"{member}-{number}.pem", pem)]
    return [*options, *(["--at", case["validation_time"]] if case["validation_time"] else [])]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_limbo(case: dict[str, Any], tmp_path: Path, judged: Callable[..., dict[str, Any]]) -> None:
    found = judged(*limbo_options(case, tmp_path))
    assert found["accepted"] == (case["expected_result"] == "SUCCESS")
    refused_lists = [piece["code"] for piece in found["evidence"] if piece["code"]]
    if found["accepted"] or not case["crls"]:
        assert refused_lists == []
        assert found["code"] == (None if found["accepted"] else "CERTIFICATE_UNTRUSTED")
    else:
        # Either the list says it, or the list is refused and nothing is known.
        assert found["code"] == (
            "CERTIFICATE_STATUS_UNKNOWN" if refused_lists else "CERTIFICATE_REVOKED"
        )


def process(*args: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """The command as an operator starts it."""
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "pki", *map(str, args)],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "status"),
    [("crl::revoked-certificate-with-crl", 1), ("crl::certificate-not-on-crl", 0)],
)
def test_limbo_through_a_real_process(name: str, status: int, tmp_path: Path) -> None:
    case = next(one for one in CASES if one["id"] == name)
    ran = process("verify", *limbo_options(case, tmp_path), AUCTION_DATA_DIR=str(tmp_path / "var"))
    assert ran.returncode == status, ran.stderr
    assert ran.stdout.splitlines()[0].startswith("✗ 不予接受" if status else "✓ 接受")


# Input that cannot be used


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
        "2024-11-11",
        "2024-11-11T06:30:00",
        "0001-01-01T00:00:00+23:59",
    ],
)
def test_a_time_must_be_one_and_have_a_zone(folder: Path, verify: Verify, at: str) -> None:
    unusable(verify(folder / "p-256" / "bidder.crt", "--at", at), "--at", "2024-11-11T14:30")


def test_an_unknown_purpose_is_not_judged(folder: Path, verify: Verify) -> None:
    result = verify(folder / "p-256" / "bidder.crt", "--purpose", "LOGIN")
    unusable(result, "--purpose LOGIN", "login, bid")


def test_a_certificate_broken_inside_is_refused_not_unusable(
    tmp_path: Path, folder: Path, judged: Callable[..., dict[str, Any]]
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


def test_names_cannot_steer_the_terminal(app: Flask, tmp_path: Path, verify: Verify) -> None:
    own = app.extensions["auction"].demo_ca
    day = timedelta(days=1)
    name = "\x1b[2J✓ 接受\u202e"
    file = tmp_path / os.fsdecode(b"gro\xdf.der")
    file.write_bytes(own.issue(name, "X", SoftKey.generate().public_key, NOW - day, NOW + day, 8))
    result = verify(file)
    assert result.exit_code == 0, result.output
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout
    assert "\\u001b[2J" in result.stdout
    file.write_bytes(b"")
    unusable(verify(file), "gro�.der")


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


# demo-ca


def test_private_files_are_for_their_owner_only(folder: Path) -> None:
    private = [*folder.glob("*/*.pfx"), *folder.glob("*/*.key")]
    assert len(private) == len(KINDS) * (5 + 2) + 4  # legacy files: two kinds, two forms
    for file in private:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_command_that_the_folder_explains_itself_with_works(app: Flask, folder: Path) -> None:
    told = (folder / "README.txt").read_text("utf-8")
    assert SECRET in told
    command = told[told.index("verify ") :].replace("\\\n", " ").split()
    result = app.test_cli_runner().invoke(pki, command)
    assert result.exit_code == 0, result.output


def test_nothing_is_overwritten(app: Flask, folder: Path) -> None:
    before = (folder / "sm2" / "root.key").read_bytes()
    result = app.test_cli_runner().invoke(pki, ["demo-ca", "--out", str(folder)])
    assert result.exit_code == 2
    assert "is not empty" in result.stderr
    assert (folder / "sm2" / "root.key").read_bytes() == before


def test_one_kind_may_be_asked_for(app: Flask, tmp_path: Path) -> None:
    result = app.test_cli_runner().invoke(
        pki, ["demo-ca", "--out", str(tmp_path / "x"), "--kind", "sm2", "--days", "3"]
    )
    assert result.exit_code == 0, result.output
    assert {one.name for one in (tmp_path / "x").iterdir()} == {"sm2", "README.txt"}
    leaf = x509.load_pem_x509_certificate((tmp_path / "x" / "sm2" / "officer.crt").read_bytes())
    assert leaf.not_valid_after_utc == NOW + timedelta(days=3)


@pytest.mark.parametrize(
    "wrong", [["--name", "长" * 65], ["--name", ""], ["--password", ""], ["--out", "/dev/null/x"]]
)
def test_what_cannot_be_written_is_said_in_one_line(
    app: Flask, tmp_path: Path, wrong: list[str]
) -> None:
    args = ["demo-ca", "--out", str(tmp_path / "x"), "--kind", "p-256", *wrong]
    result = app.test_cli_runner().invoke(pki, args)
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("cannot write: ")
    assert result.stderr.count("\n") == 1


def test_where_openssl_is_missing_the_rc2_file_is_said_to_be(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    result = app.test_cli_runner().invoke(
        pki, ["demo-ca", "--out", str(tmp_path / "x"), "--kind", "p-256"]
    )
    assert result.exit_code == 0, result.output
    assert "not written: needs the openssl program" in result.stdout
    assert not (tmp_path / "x" / "p-256" / "bidder-legacy-rc2.pfx").exists()
    assert (tmp_path / "x" / "p-256" / "bidder-legacy-3des.pfx").exists()


def pem(label: str, data: bytes) -> bytes:
    body = base64.encodebytes(data)
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (label.encode(), body, label.encode())


def as_der(data: bytes) -> bytes:
    if not data.startswith(b"-----"):
        return data
    return x509.load_pem_x509_certificate(data).public_bytes(Encoding.DER)
