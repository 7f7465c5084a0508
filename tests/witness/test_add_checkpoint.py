"""The witness as C2SP tlog-witness describes it: statuses, their order, memory, attacks."""

import http.client
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from witnesses import Running, running

from auction.ledger import base64strict
from auction.ledger.checkpoint import Checkpoint, sign
from auction.ledger.cosignature import CosignatureKey, cosignatures
from auction.ledger.merkle import EMPTY_ROOT, Tree, leaf_hash
from auction.ledger.notes import LogKey
from auction.ledger.submission import SIZE_TYPE, Submission
from auction.witness import server as serving
from auction.witness.memory import Memory, MemoryUnusable, survey

PRIVATE = Ed25519PrivateKey.generate()
CENTRE = LogKey("floor.example", PRIVATE)
LOG = LogKey("floor.example/lots/2024JC-4", PRIVATE)
HONEST = Tree(leaf_hash(b"%d" % n) for n in range(40))
OTHER = Tree(leaf_hash(b"%d" % (n if n < 5 else -n)) for n in range(40))
"""The same log shown to somebody else: it differs from record 6 on."""


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, CENTRE) as made:
        yield made


def head(size: int, tree: Tree = HONEST, key: LogKey = LOG) -> str:
    return sign(Checkpoint(key.name, size, tree.root_at(size)), key)


def submission(old: int, size: int, tree: Tree = HONEST, key: LogKey = LOG) -> Submission:
    proof = tuple(tree.consistency_proof(old, size)) if 0 < old <= size else ()
    return Submission(old, proof, head(size, tree, key))


def ask(witness: Running, body: Submission | str | bytes) -> tuple[int, str, str]:
    """Status, content type and body of the answer."""
    if isinstance(body, Submission):
        body = body.to_text()
    if isinstance(body, str):
        body = body.encode()
    connection = http.client.HTTPConnection(witness.url.removeprefix("http://"), timeout=10)
    connection.request("POST", "/add-checkpoint", body)
    answer = connection.getresponse()
    found = (answer.status, answer.headers["Content-Type"], answer.read().decode())
    connection.close()
    return found


def test_a_log_is_followed_from_head_to_head(witness: Running) -> None:
    for old, size in [(0, 1), (1, 7), (7, 8), (8, 8), (8, 33), (33, 40)]:
        status, _, lines = ask(witness, submission(old, size))
        assert status == 200
        assert lines.startswith("— witness.example/w1 ")
        assert lines.endswith("\n")
        found = cosignatures(head(size) + lines, [witness.key.cosigner])
        assert len(found) == 1
    heads, contradictions = survey(witness.database)
    assert heads[LOG.name].size == 40
    assert heads[LOG.name].root == HONEST.root_at(40)
    assert contradictions == []


def test_an_empty_log_may_be_shown_first(witness: Running) -> None:
    assert ask(witness, submission(0, 0))[0] == 200
    assert ask(witness, submission(0, 3))[0] == 200
    forged = sign(Checkpoint("floor.example/register", 0, b"\x01" * 32), named("register"))
    assert ask(witness, Submission(0, (), forged))[0] == 422
    assert HONEST.root_at(0) == EMPTY_ROOT


def named(name: str) -> LogKey:
    return LogKey(f"floor.example/{name}", PRIVATE)


def test_another_size_than_the_known_one_is_answered_with_the_known_one(witness: Running) -> None:
    ask(witness, submission(0, 7))
    for old, size in [(0, 20), (5, 20), (8, 20), (0, 7), (0, 3)]:
        status, kind, body = ask(witness, submission(old, size))
        assert (status, kind, body) == (409, SIZE_TYPE, "7\n"), (old, size)


@pytest.mark.parametrize("old", [0, 7])
def test_another_root_of_the_known_size_is_a_split_view(witness: Running, old: int) -> None:
    ask(witness, submission(0, 7))
    split = Submission(old, (), head(7, OTHER))
    assert ask(witness, split) == (409, SIZE_TYPE, "7\n")
    heads, contradictions = survey(witness.database)
    assert heads[LOG.name].root == HONEST.root_at(7)
    assert [(one.origin, one.known_size) for one in contradictions] == [(LOG.name, 7)]
    assert contradictions[0].request == split.to_text()


def test_a_head_that_does_not_continue_the_known_one_is_refused_and_kept(witness: Running) -> None:
    ask(witness, submission(0, 7))
    assert ask(witness, submission(7, 20, OTHER))[0] == 422
    honest = submission(7, 20)
    for damaged in (
        Submission(7, honest.proof[:-1], honest.note),
        Submission(7, (*honest.proof, b"\x00" * 32), honest.note),
        Submission(7, (), honest.note),
    ):
        assert ask(witness, damaged)[0] == 422
    heads, contradictions = survey(witness.database)
    assert heads[LOG.name].size == 7
    assert len(contradictions) == 4
    assert ask(witness, honest)[0] == 200


def test_a_proof_from_nothing_must_be_empty(witness: Running) -> None:
    assert ask(witness, Submission(0, (b"\x00" * 32,), head(3)))[0] == 422
    assert survey(witness.database) == ({}, [])


def test_the_old_size_is_not_larger_than_the_heads(witness: Running) -> None:
    assert ask(witness, Submission(9, (), head(8)))[0] == 400


@pytest.mark.parametrize(
    "name",
    ["other.example/log", "floor.example", "floor.example.evil/lots/x", "floor.examplex/register"],
)
def test_a_log_outside_the_configuration_is_not_served(witness: Running, name: str) -> None:
    assert ask(witness, submission(0, 3, key=LogKey(name, PRIVATE)))[0] == 404


def test_only_the_configured_key_speaks_for_a_log(witness: Running) -> None:
    stranger = LogKey(LOG.name, Ed25519PrivateKey.generate())
    assert ask(witness, submission(0, 3, key=stranger))[0] == 403
    text, line = head(3).split("\n\n")
    wrong = line[:-6] + ("AAA=\n" if not line.endswith("AAA=\n") else "BBA=\n")
    assert ask(witness, Submission(0, (), f"{text}\n\n{wrong}"))[0] in (400, 403)
    other_text = head(4).split("\n\n")[0]
    assert ask(witness, Submission(0, (), f"{other_text}\n\n{line}"))[0] == 403
    # A stranger's signature beside the right one does no harm (signed-note).
    both = head(3) + head(3, key=stranger).split("\n\n")[1]
    assert ask(witness, Submission(0, (), both))[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old 0\n\n",
        b"old 00\n\n" + head(3).encode(),
        b"old -1\n\n" + head(3).encode(),
        b"old 3\nnot base64\n\n" + head(3).encode(),
        b"old 3\nAAAA\n\n" + head(3).encode(),
        b"old 3\n"
        + b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64
        + b"\n"
        + head(3).encode(),
        b"size 0\n\n" + head(3).encode(),
        b"old 0\n\n" + head(3).encode().replace(b"\n\n", b"\n"),
        b"old 0\n\n\xff\xfe",
        b"old 0\n\n" + head(3).encode().removesuffix(b"\n"),
    ],
)
def test_what_is_no_submission_is_a_bad_request(witness: Running, body: bytes) -> None:
    assert ask(witness, body)[0] == 400
    assert survey(witness.database) == ({}, [])


def test_a_head_that_is_none_is_a_bad_request(witness: Running) -> None:
    assert ask(witness, Submission(0, (), LOG.sign(f"{LOG.name}\nthree\nAAAA\n")))[0] == 400


def test_other_addresses_methods_and_sizes(
    witness: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = http.client.HTTPConnection(witness.url.removeprefix("http://"), timeout=10)

    def status(method: str, path: str, body: bytes | None = None, **headers: str) -> int:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    assert status("GET", "/add-checkpoint") == 405
    assert status("GET", "/") == 404
    assert status("POST", "/elsewhere", b"x") == 404
    assert status("POST", "/add-checkpoint", b"x" * (serving.MAX_BODY + 1)) == 413
    assert status("POST", "/add-checkpoint", b"", **{"Content-Length": "1e3"}) == 411
    assert status("POST", "/add-checkpoint", b"", **{"Content-Length": "9" * 5000}) == 413
    monkeypatch.setattr(serving, "REQUEST_SECONDS", 0.2)
    assert status("POST", "/add-checkpoint", b"x", **{"Content-Length": "9"}) == 408
    connection.close()


def test_a_connection_serves_several_requests(witness: Running) -> None:
    connection = http.client.HTTPConnection(witness.url.removeprefix("http://"), timeout=10)
    for old, size in [(0, 3), (3, 4)]:
        connection.request("POST", "/add-checkpoint", submission(old, size).to_text().encode())
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        assert answer.headers["Connection"] is None
    connection.close()


def test_more_connections_than_allowed_are_cut_off(
    witness: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []
    host = witness.url.removeprefix("http://")
    for _ in range(serving.CONNECTIONS):
        one = http.client.HTTPConnection(host, timeout=10)
        one.request("POST", "/add-checkpoint", b"")
        one.getresponse().read()  # answered, and kept open
        held.append(one)
    with pytest.raises((http.client.HTTPException, OSError)):
        ask(witness, b"")
    for one in held:
        one.close()


def test_of_two_that_race_from_the_same_size_one_is_taken(witness: Running) -> None:
    """Check and store are one act: nothing is rolled back, no two branches are signed."""
    ask(witness, submission(0, 4))
    bodies = [submission(4, 20), submission(4, 30), submission(4, 20, OTHER), submission(4, 25)]
    answers: list[int] = []
    start = threading.Barrier(len(bodies))

    def send(body: Submission) -> None:
        start.wait()
        answers.append(ask(witness, body)[0])

    threads = [threading.Thread(target=send, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(200) == 1
    assert set(answers) <= {200, 409}


def test_a_crash_between_check_and_store_signs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(tmp_path, CENTRE) as witness:
        ask(witness, submission(0, 4))

        def dies(*_: object) -> None:
            raise RuntimeError("the power went")

        with monkeypatch.context() as patch:
            patch.setattr("auction.witness.memory.Turn.keep", dies)
            with pytest.raises((http.client.HTTPException, OSError)):
                ask(witness, submission(4, 9))
        key = witness.key
    assert survey(witness.database)[0][LOG.name].size == 4
    with running(tmp_path, CENTRE, key=key) as again:
        assert ask(again, submission(4, 12))[0] == 200


def test_an_answer_that_was_lost_is_given_again_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path, CENTRE) as witness:
        ask(witness, submission(0, 9))
        key = witness.key
    with running(tmp_path, CENTRE, key=key) as again:
        assert ask(again, submission(0, 9)) == (409, SIZE_TYPE, "9\n")
        status, _, lines = ask(again, submission(9, 9))
        assert status == 200
        assert cosignatures(head(9) + lines, [key.cosigner])
        assert ask(again, submission(9, 20, OTHER))[0] == 422


def test_a_second_process_on_the_same_memory_is_refused(witness: Running) -> None:
    with pytest.raises(MemoryUnusable, match="another process"):
        Memory.open(witness.database, witness.key.cosigner.to_string())


def test_a_memory_belongs_to_one_key_and_is_never_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "w.sqlite3"
    one, other = (
        CosignatureKey("witness.example/w1", Ed25519PrivateKey.generate()).cosigner.to_string()
        for _ in range(2)
    )
    with pytest.raises(MemoryUnusable, match="does not exist"):
        Memory.open(file, one)
    Memory.create(file, one)
    with pytest.raises(MemoryUnusable, match="not overwritten"):
        Memory.create(file, one)
    with pytest.raises(MemoryUnusable, match="another key"):
        Memory.open(file, other)
    Memory.open(file, one).close()
    broken = tmp_path / "broken.sqlite3"
    broken.write_bytes(b"no database at all" * 100)
    with pytest.raises(MemoryUnusable, match="no memory"):
        Memory.open(broken, one)


def test_kept_contradictions_are_bounded(witness: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auction.witness.memory.EVIDENCE_LIMIT", 3)
    ask(witness, submission(0, 7))
    for size in range(20, 26):
        assert ask(witness, submission(7, size, OTHER))[0] == 422
    kept = survey(witness.database)[1]
    assert [one.request.split("\n")[-5] for one in kept] == ["20", "21", "22"]


def test_the_time_of_a_cosignature_never_runs_back(witness: Running) -> None:
    lines = ask(witness, submission(0, 4))[2]
    first = cosignatures(head(4) + lines, [witness.key.cosigner])[0].at
    honest = witness.witness._now
    witness.witness._now = lambda: honest() - timedelta(hours=2)
    lines = ask(witness, submission(4, 5))[2]
    assert cosignatures(head(5) + lines, [witness.key.cosigner])[0].at == first


def test_base64_has_one_spelling(witness: Running) -> None:
    good = submission(3, 7)
    ask(witness, submission(0, 3))
    spelled = base64strict.encode(good.proof[0])
    stray = spelled[:-2] + chr(ord(spelled[-2]) + 1) + "="
    assert ask(witness, good.to_text().replace(spelled, stray))[0] == 400
