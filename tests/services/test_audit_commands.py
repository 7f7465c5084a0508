"""`export` and `replay`: the winner follows from the file alone; differences set the status."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from factories import C
from recorded import Recorded

from auction.cli_audit import COMMANDS, export, replay

ROOT = Path(__file__).resolve().parents[2]


def run(sale: Recorded, *args: str) -> Result:
    """The command as `flask` runs it; its first word names it."""
    name, *rest = args
    command = next(c for c in COMMANDS if c.name == name)
    return sale.app.test_cli_runner().invoke(command, list(rest))


@pytest.fixture
def file(finished: Recorded, tmp_path: Path) -> Path:
    out = tmp_path / "sale.jsonl"
    result = run(finished, "export", "2024JC-4", "--out", str(out))
    assert result.exit_code == 0, result.output
    return out


def key_of(sale: Recorded) -> str:
    return sale.house.log_key(sale.lot.log.origin).verifier_string()


def test_there_are_two_commands() -> None:
    assert (replay, export) == COMMANDS


def test_export_prints_the_same_bytes_as_it_writes(finished: Recorded, file: Path) -> None:
    result = run(finished, "export", "2024JC-4")
    assert result.stdout_bytes == file.read_bytes()


def test_replay_of_a_lot_names_winner_price_root_and_check_code(finished: Recorded) -> None:
    result = run(finished, "replay", "2024JC-4")
    assert result.exit_code == 0, result.output
    assert result.output.endswith(f"winner: {C}  price: 2,049 万元\n")
    assert "21 records checked" in result.output
    assert "BID_TOO_LOW" in result.output
    assert "ended: 2024-11-11 14:39:51.000" in result.output


def test_replay_for_machines(finished: Recorded, file: Path) -> None:
    found = json.loads(run(finished, "replay", "--file", str(file), "--json").output)
    assert found["agrees"]
    assert (found["winner"], found["price_fen"]) == (C, 2_049_000_000)
    assert found["stage"] == "published"
    assert [step["seq"] for step in found["steps"]] == list(range(1, 22))
    assert found["findings"] == []


def test_winner_and_price_follow_from_the_file_alone(
    finished: Recorded, file: Path, tmp_path: Path
) -> None:
    """In another process and an empty directory, where no database was ever made."""
    place = tmp_path / "elsewhere"
    place.mkdir()
    flask = [sys.executable, "-m", "flask", "--app", str(ROOT / "wsgi.py")]
    done = subprocess.run(
        [*flask, "replay", "--file", str(file), "--key", key_of(finished)],
        cwd=place,
        env={**os.environ, "AUCTION_DATA_DIR": str(place / "data"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"winner: {C}  price: 2,049 万元\n")
    assert "the key given" in done.stdout
    assert not list(place.rglob("*.sqlite3"))


def test_the_files_own_key_is_told_apart_from_a_given_one(finished: Recorded, file: Path) -> None:
    assert "not proven whose" in run(finished, "replay", "--file", str(file)).output
    told = run(finished, "replay", "--file", str(file), "--key", key_of(finished)).output
    assert "the key given" in told


def test_an_edited_file_exits_with_1_and_names_the_record(finished: Recorded, file: Path) -> None:
    edited = file.read_bytes().replace(b'"amount_fen":1949000000', b'"amount_fen":1939000000')
    file.write_bytes(edited)
    result = run(finished, "replay", "--file", str(file))
    assert result.exit_code == 1
    assert "VERDICT_DIFFERS  第 14 号记录与规则不符" in result.output
    assert "HEAD_ROOT" in result.output


def test_an_edited_database_exits_with_1_and_names_the_record(finished: Recorded) -> None:
    finished.execute("UPDATE bid SET amount_fen = 1 WHERE lot_id = :lot AND seq = 14")
    result = run(finished, "replay", "2024JC-4")
    assert result.exit_code == 1
    assert "BID_ROW  网页所读第 14 号报价" in result.output


@pytest.mark.parametrize(
    "args",
    [
        ("replay",),
        ("replay", "2024JC-4", "--file", "x"),
        ("replay", "2024JC-4", "--key", "x"),
        ("replay", "no-such-lot"),
        ("replay", "--file", "/no/such/file"),
        ("replay", "--file", "/"),
        ("export", "no-such-lot"),
        ("export", "2024JC-4", "--out", "/no/such/folder/file"),
    ],
)
def test_unusable_input_exits_with_2_and_a_sentence(
    finished: Recorded, args: tuple[str, ...]
) -> None:
    result = run(finished, *args)
    assert result.exit_code == 2
    assert result.stderr.startswith("cannot check: ")
    assert "Traceback" not in result.output


def test_a_key_that_is_none_and_a_file_that_is_no_export_exit_with_2(
    finished: Recorded, file: Path
) -> None:
    assert run(finished, "replay", "--file", str(file), "--key", "nonsense").exit_code == 2
    file.write_bytes(b"PK\x03\x04")
    assert run(finished, "replay", "--file", str(file)).exit_code == 2
