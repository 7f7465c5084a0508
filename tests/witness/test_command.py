"""`python -m auction.witness` as its operator runs it: a process of its own, without the centre."""

import http.client
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auction.ledger.checkpoint import Checkpoint, sign
from auction.ledger.cosignature import Cosigner, cosignatures
from auction.ledger.merkle import leaf_hash
from auction.ledger.notes import LogKey
from auction.ledger.submission import Submission
from auction.witness.commands import witness
from config import ROOT

PRIVATE = Ed25519PrivateKey.generate()
CENTRE, LOG = LogKey("floor.example", PRIVATE), LogKey("floor.example/register", PRIVATE)
NOTE = sign(Checkpoint(LOG.name, 1, leaf_hash(b"x")), LOG)
COMMAND = [sys.executable, "-m", "auction.witness"]


def written(folder: Path, **changes: str) -> Path:
    lines = {
        "name": '"witness.example/w1"',
        "key": '"witness.pem"',
        "database": '"witness.sqlite3"',
        "listen": '"127.0.0.1:0"',
        "centres": f'["{CENTRE.verifier_string()}"]',
        **changes,
    }
    file = folder / "witness.toml"
    file.write_text("".join(f"{key} = {value}\n" for key, value in lines.items() if value))
    return file


def test_a_witness_is_made_served_and_looked_at(tmp_path: Path) -> None:
    file = written(tmp_path)
    runner = CliRunner()
    made = runner.invoke(witness, ["init", str(file)])
    assert made.exit_code == 0, made.output
    cosigner = Cosigner.from_string(made.output.strip())
    assert (tmp_path / "witness.pem").stat().st_mode & 0o777 == 0o600
    assert runner.invoke(witness, ["init", str(file)]).exit_code == 2
    assert runner.invoke(witness, ["key", str(file)]).output == made.output

    process = subprocess.Popen(
        [*COMMAND, "serve", str(file)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        second = runner.invoke(witness, ["serve", str(file)])
        assert second.exit_code == 2
        assert "another process" in second.output
        connection = http.client.HTTPConnection(address, timeout=20)
        connection.request("POST", "/add-checkpoint", Submission(0, (), NOTE).to_text().encode())
        answer = connection.getresponse()
        assert answer.status == 200
        assert cosignatures(NOTE + answer.read().decode(), [cosigner])
        connection.close()
        seen = runner.invoke(witness, ["status", str(file)])
        assert seen.exit_code == 0
        assert "floor.example/register  size 1" in seen.output
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "name is missing"),
        ({"listen": '"7380"'}, "listen is host:port"),
        ({"centres": ""}, "nothing to witness"),
        ({"centres": '"x"'}, "list of verifier strings"),
        ({"logs": '["x+y+z"]'}, "logs: "),
        ({"nmae": '"x"'}, "unknown: nmae"),
        ({"key": '"elsewhere.pem"'}, "elsewhere.pem does not exist"),
        ({"name": "["}, "witness.toml: "),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    done = CliRunner().invoke(witness, ["key", str(written(tmp_path, **changes))])
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output


def test_it_loads_nothing_of_the_centre() -> None:
    code = (
        "import sys, auction.witness.commands;"
        "print([m for m in sys.modules if m.split('.')[0] in ('flask', 'sqlalchemy', 'gevent')"
        " or m.startswith(('auction.store', 'auction.services', 'auction.web'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
