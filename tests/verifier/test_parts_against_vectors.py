"""The verifier's own readers and algorithms before vectors that it did not make."""

import base64
import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auction.ledger.canonical import CanonicalError, decode
from auction.verifier import (
    canonical,
    certificates,
    merkle,
    notes,
    revocation,
    signatures,
    sm2,
    statements,
)
from auction.verifier.faults import Malformed
from auction.verifier.trust import Anchor

VECTORS = Path(__file__).parents[1] / "vectors"
PROOFS = json.loads((VECTORS / "rfc6962" / "proofs.json").read_text("utf-8"))["inclusion"]
SIGNED = json.loads((VECTORS / "statements.json").read_text("utf-8"))
TESSERA = VECTORS / "tessera-log"
TESSERA_KEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
SM2 = VECTORS / "sm2-openssl"
AT = datetime(2026, 12, 1, tzinfo=UTC)
AT_US = int(AT.timestamp()) * 1_000_000


def unbase64(text: str | None) -> bytes:
    return base64.b64decode(text or "")


@pytest.mark.parametrize("vector", PROOFS, ids=lambda v: v["file"])
def test_inclusion_proofs_of_rfc_6962(vector: dict[str, Any]) -> None:
    proof = [unbase64(one) for one in vector["proof"] or []]
    index, size = vector["leafIdx"], vector["treeSize"]
    root = merkle.root_of_proof(unbase64(vector["leafHash"]), index, size, proof)
    # A head with a root of another length than 32 bytes is not read at all.
    good = root is not None and len(root) == 32 and root == unbase64(vector["root"])
    assert good is not vector["wantErr"]


@given(st.integers(0, 70), st.data())
def test_every_root_and_proof_is_the_definitions(size: int, data: st.DataObject) -> None:
    def defined(leaves: list[bytes]) -> bytes:
        if len(leaves) <= 1:
            return leaves[0] if leaves else sha256().digest()
        half = 1 << (len(leaves) - 1).bit_length() - 1
        return sha256(b"\x01" + defined(leaves[:half]) + defined(leaves[half:])).digest()

    leaves = [merkle.leaf_hash(str(n).encode()) for n in range(size)]
    tree = merkle.Tree(leaves)
    at = data.draw(st.integers(0, size))
    assert tree.root(at) == defined(leaves[:at])


@pytest.mark.parametrize("size", range(16))
def test_checkpoints_signed_elsewhere(size: int) -> None:
    head = notes.read_head((TESSERA / f"checkpoint.{size}").read_bytes())
    key = notes.NoteKey.read(TESSERA_KEY)
    assert (head.origin, head.size) == ("example.com/log/testdata", size)
    assert head.signed_by(key)
    changed = (TESSERA / f"checkpoint.{size}").read_text().replace(f"\n{size}\n", f"\n{size + 1}\n")
    assert not notes.read_head(changed.encode()).signed_by(key)


@pytest.mark.parametrize(
    "path", sorted((VECTORS / "jcs" / "output").iterdir()), ids=lambda p: p.name
)
def test_canonical_json_is_read_where_the_ledger_reads_it(path: Path) -> None:
    for data in (path.read_bytes().rstrip(b"\n"), (VECTORS / "jcs/input" / path.name).read_bytes()):
        assert _verifier_reads(data) == _ledger_reads(data)


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_both_readers_refuse_the_same_bytes(data: bytes) -> None:
    for form in (data, b'{"a":' + data + b"}", b'{"a":[' + data + b',{"b":null}]}'):
        assert _verifier_reads(form) == _ledger_reads(form)


def _verifier_reads(data: bytes) -> object:
    try:
        return canonical.read(data)
    except Malformed:
        return None


def _ledger_reads(data: bytes) -> object:
    try:
        return decode(data)
    except CanonicalError:
        return None


@pytest.mark.parametrize("case", SIGNED["algorithms"]["signatures"], ids=lambda c: c["case"])
def test_signatures_of_every_key_and_form(case: dict[str, Any]) -> None:
    given_ = SIGNED["algorithms"]
    keys = {**given_["keys"], **given_["refused_keys"]}
    key = signatures.load(bytes.fromhex(keys[case["key"]]))
    statement = statements.read(given_["purpose"], given_["body"].encode())
    assert statement.signed.hex() == given_["pae"]
    signature = bytes.fromhex(case["signature"])
    good = key is not None and signatures.statement_good(key, signature, statement.signed)
    assert good is case["good"]


@pytest.mark.parametrize("name", SIGNED["algorithms"]["refused_keys"])
def test_keys_that_may_not_sign(name: str) -> None:
    assert signatures.load(bytes.fromhex(SIGNED["algorithms"]["refused_keys"][name])) is None


def test_statements_in_their_one_form() -> None:
    known = 0
    for case in SIGNED["signed"]:
        purpose, body = case["purpose"], case["body"].encode()
        try:
            found = statements.read(purpose, body)
        except Malformed:
            assert purpose.removeprefix("practice-") not in ("bid", "answer", "lottery")
            continue
        known += 1
        assert (dict(found.fields), found.signed.hex()) == (case["fields"], case["pae"])
        assert statements.digest(body) == case["digest"]
    assert known >= 7
    for case in SIGNED["refused"]:
        with pytest.raises(Malformed):
            statements.read(case["purpose"], case["body"].encode("utf-8", "surrogatepass"))
    key = signatures.load(bytes.fromhex(SIGNED["spki"]))
    assert key is not None
    for case in SIGNED["bad_signatures"]:
        statement = statements.read(case["purpose"], case["body"].encode())
        signature = bytes.fromhex(case["signature"])
        assert not signatures.statement_good(key, signature, statement.signed)


def test_sm3_of_the_standard() -> None:
    assert sm2.sm3(b"abc").hex() == (
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )
    assert sm2.sm3(b"abcd" * 16).hex() == (
        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    )


def anchor(name: str, *, must_answer: bool = True, **changes: Any) -> Anchor:
    settings: dict[str, Any] = {
        "policies": frozenset(),
        "key_kinds": frozenset({"SM2"}),
        "must_answer": must_answer,
        "max_list_age_s": None,
    }
    return Anchor((SM2 / name).read_bytes(), **{**settings, **changes})


def path_of(name: str, trusted: Anchor, *between: str) -> certificates.Path:
    helpers = [(SM2 / one).read_bytes() for one in between]
    return certificates.find_path((SM2 / name).read_bytes(), helpers, [trusted], [])


def test_sm2_certificates_and_signatures_that_openssl_made() -> None:
    found = path_of("holder.der", anchor("root.der"), "issuing.der")
    assert len(found.certificates) == 3
    assert found.stood_at(AT_US)
    assert not found.stood_at(AT_US + 30 * 365 * 86_400_000_000)
    message, signature = (SM2 / "message").read_bytes(), (SM2 / "message.sig").read_bytes()
    assert signatures.statement_good(found.key, signature, message)
    assert not signatures.statement_good(found.key, signature, message + b".")
    assert "91350100M000100Y43" in " ".join(found.names())
    path_of("holder.der", anchor("issuing.der", policies=frozenset({"2.999.45.1"})))


@pytest.mark.parametrize(
    ("name", "trusted", "between", "why"),
    [
        ("holder.der", anchor("root.der"), (), "no path"),
        ("encrypting.der", anchor("issuing.der"), (), "may not sign"),
        ("holder.der", anchor("issuing.der", policies=frozenset({"1.2.3"})), (), "policies"),
        (
            "holder.der",
            anchor("issuing.der", key_kinds=frozenset({"P-256"})),
            (),
            "not trusted for",
        ),
        ("issuing.der", anchor("root.der"), (), "authority"),
    ],
)
def test_paths_that_do_not_count(
    name: str, trusted: Anchor, between: tuple[str, ...], why: str
) -> None:
    with pytest.raises(Malformed, match=why):
        path_of(name, trusted, *between)


def test_revocation_by_list_and_by_answer_of_an_sm2_authority() -> None:
    listed = ("crl", (SM2 / "issuing.crl").read_bytes())
    answered = {
        name: ("ocsp", (SM2 / f"{name}.ocsp").read_bytes())
        for name in ("holder", "holder-sm3", "revoked")
    }
    pinned = anchor("issuing.der")
    holder, revoked = path_of("holder.der", pinned), path_of("revoked.der", pinned)
    assert revocation.status(holder, [listed], AT_US) == revocation.GOOD
    assert revocation.status(revoked, [listed], AT_US) == revocation.REVOKED
    assert revocation.status(holder, [answered["revoked"]], AT_US) == revocation.SILENT
    assert revocation.status(revoked, [answered["revoked"]], AT_US) == revocation.REVOKED
    assert revocation.status(holder, [], AT_US) == revocation.SILENT
    late = int(datetime(2050, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
    assert revocation.status(holder, [listed], late) == revocation.SILENT
    old = path_of("holder.der", anchor("issuing.der", max_list_age_s=3600))
    assert revocation.status(old, [listed], AT_US) == revocation.SILENT
    whole = path_of("holder.der", anchor("root.der"), "issuing.der")
    assert revocation.status(whole, [listed], AT_US) == revocation.SILENT, "the issuer's is open"
    forged = bytearray(listed[1])
    forged[-5] ^= 1
    assert revocation.status(revoked, [("crl", bytes(forged))], AT_US) == revocation.SILENT
