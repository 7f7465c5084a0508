"""`pki demo-ca`: what stands in the folder, and that nothing is overwritten."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from demo_certificates import NOW, SECRET
from flask import Flask

from auction.cli_pki import KINDS, pki


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
