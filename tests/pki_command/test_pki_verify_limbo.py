"""The cases of x509-limbo through `pki verify`, some of them in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from demo_certificates import chain

ROOT = Path(__file__).resolve().parents[2]
CASES: list[dict[str, Any]] = json.loads(
    (ROOT / "tests/vectors/x509-limbo/client-crl.json").read_text()
)["testcases"]
Judged = Callable[..., dict[str, Any]]


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
def test_limbo(case: dict[str, Any], tmp_path: Path, judged: Judged) -> None:
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


def test_a_purpose_judges_the_extended_key_usage(tmp_path: Path, judged: Judged) -> None:
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
