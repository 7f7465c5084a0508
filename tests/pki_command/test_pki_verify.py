"""`pki verify`: whom it accepts, whom it refuses, and how it says so."""

import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from demo_certificates import NOW, chain
from flask import Flask
from flask_babel import force_locale

from auction.cli_pki import KINDS
from auction.pki.reasons import PkiReason
from auction.pki.softkey import SoftKey
from auction.presenting.pki_reasons import sentence

Verify = Callable[..., Result]
Judged = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("kind", KINDS)
def test_the_bidder_of_every_kind_is_accepted(folder: Path, judged: Judged, kind: str) -> None:
    found = judged(folder / kind / "bidder.crt", *chain(folder / kind), "--purpose", "login")
    assert found["accepted"]
    assert found["code"] is None
    assert found["sentence"] is None
    assert found["certificate"]["key"] == KINDS[kind]
    assert "CN=甲公司" in found["certificate"]["subject"]
    assert found["certificate"]["organisation_code"] == "91630100MA7YANQA5P"
    assert found["anchor"]["source"] == "given"
    assert found["revocation_known"]
    assert [piece["code"] for piece in found["evidence"]] == [None, None]
    names = [step["name"] for step in found["steps"]]
    assert names[:3] == ["size", "parse", "path"]
    assert names.count("revocation") == 2


@pytest.mark.parametrize("kind", KINDS)
def test_the_others_of_every_kind_are_refused_by_name(
    folder: Path, judged: Judged, kind: str
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
    folder: Path, judged: Judged
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


def test_a_list_that_is_refused_is_not_the_same_as_no_list(folder: Path, judged: Judged) -> None:
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
    judged: Judged,
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


def test_one_bundle_may_hold_the_whole_chain(folder: Path, tmp_path: Path, judged: Judged) -> None:
    there = folder / "p-256"
    bundle = tmp_path / "bundle.pem"
    text = [(there / f"{one}.crt").read_text() for one in ("bidder", "issuing")]
    bundle.write_text("Bag Attributes\r\n" + "\r\n".join(text).replace("\n", "\r\n"))
    assert judged(bundle, "--anchor", there / "root.crt")["accepted"]


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
    result = verify(file)
    assert result.exit_code == 2
    assert "gro�.der: not a certificate" in result.stderr


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
