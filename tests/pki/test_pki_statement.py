"""What a signed statement is, and the ways in which something else is not one."""

import json
from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from hypothesis import example, given
from hypothesis import strategies as st
from pki.statement_vectors import VECTORS, as_text, make_vectors

from auction.pki.chain import ValidatedCertificate
from auction.pki.keys import key_kind, load_public_key, signature_is_good, spki_der
from auction.pki.reasons import PkiReason
from auction.pki.softkey import SoftKey
from auction.pki.statement import (
    BODY_LIMIT,
    FIELD_FORMS,
    PURPOSES,
    Signed,
    StatementError,
    build,
    digest,
    pae,
    parse,
    purpose_for,
    signed_plate,
    verify_possession,
    verify_statement,
)

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
Fields = dict[str, str]


def refusal(purpose: str, body: bytes) -> PkiReason:
    with pytest.raises(StatementError) as refused:
        parse(purpose, body)
    return refused.value.code


def test_the_vector_file_is_what_this_code_builds() -> None:
    assert VECTORS.read_text("utf-8") == as_text(make_vectors())


def test_every_vector_parses_back_and_verifies() -> None:
    vectors = json.loads(VECTORS.read_text("utf-8"))
    public_key = load_public_key(bytes.fromhex(vectors["spki"]))
    assert public_key is not None
    for case in vectors["signed"]:
        statement = parse(case["purpose"], case["body"].encode())
        assert statement.fields == case["fields"]
        assert statement.digest == case["digest"]
        message = bytes.fromhex(case["pae"])
        assert signature_is_good(public_key, bytes.fromhex(case["signature"]), message)
    for case in vectors["bad_signatures"]:
        message = pae(PURPOSES[case["purpose"]][0], case["body"].encode())
        assert not signature_is_good(public_key, bytes.fromhex(case["signature"]), message)


@pytest.mark.parametrize(
    "case", json.loads(VECTORS.read_text("utf-8"))["refused"], ids=lambda case: case["code"]
)
def test_a_body_in_any_other_form_is_refused(case: dict[str, str]) -> None:
    assert refusal(case["purpose"], case["body"].encode()) == case["code"]


def test_the_canonical_body_is_what_a_sorting_json_encoder_writes(bid_fields: Fields) -> None:
    fields = {**bid_fields, "cert": "c0" * 32}
    encoded = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
    assert build("bid", fields) == encoded


def test_pae_counts_the_bytes_of_type_and_body() -> None:
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_every_field_of_every_purpose_has_a_form() -> None:
    assert frozenset().union(*(fields for _, fields in PURPOSES.values())) == FIELD_FORMS.keys()


def test_every_purpose_has_a_payload_type_of_its_own() -> None:
    types = [payload_type for payload_type, _ in PURPOSES.values()]
    assert len(set(types)) == len(types)


def test_building_cannot_smuggle_in_a_second_field(bid_fields: Fields) -> None:
    fields = {**bid_fields, "cert": "c0" * 32}
    amount = fields.pop("amount")
    fields["act"] = f'x","amount":"{amount}'
    with pytest.raises(StatementError):
        build("bid", fields)


def test_an_unknown_purpose_is_refused() -> None:
    assert refusal("transfer", b"{}") is PkiReason.STATEMENT_PURPOSE


def test_a_good_bid_is_accepted_with_a_der_or_a_raw_signature(
    key: SoftKey, certificate: ValidatedCertificate, bid_fields: Fields, now: datetime
) -> None:
    body, signature = key.sign("bid", bid_fields)
    r, s = decode_dss_signature(signature)
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    for form in (signature, raw):
        statement = verify_statement("bid", body, form, certificate, expect=bid_fields, now=now)
        assert statement.fields["amount"] == "154900000000"


def test_login_signature_used_as_bid_is_refused(
    key: SoftKey, certificate: ValidatedCertificate, bid_fields: Fields, now: datetime
) -> None:
    body, _ = key.sign("bid", bid_fields)
    signature = key.sign_body("login", body)
    with pytest.raises(StatementError) as refused:
        verify_statement("bid", body, signature, certificate, expect={}, now=now)
    assert refused.value.code is PkiReason.STATEMENT_BAD_SIGNATURE


def test_rehearsal_signature_is_worth_nothing_in_a_sale(
    key: SoftKey, certificate: ValidatedCertificate, bid_fields: Fields, now: datetime
) -> None:
    body, signature = key.sign(purpose_for("bid", practice=True), bid_fields)
    with pytest.raises(StatementError) as refused:
        verify_statement("bid", body, signature, certificate, expect={}, now=now)
    assert refused.value.code is PkiReason.STATEMENT_BAD_SIGNATURE


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("aud", "https://evil.example.cn", PkiReason.STATEMENT_WRONG_AUDIENCE),
        ("nonce", "ff" * 32, PkiReason.STATEMENT_WRONG_NONCE),
        ("plate", "0001", PkiReason.STATEMENT_MISMATCH),
        ("rules", "00" * 32, PkiReason.STATEMENT_MISMATCH),
        ("lot", "2024JC-5", PkiReason.STATEMENT_MISMATCH),
    ],
)
def test_relay_to_another_site_lot_or_plate_is_refused(
    field: str,
    value: str,
    code: PkiReason,
    key: SoftKey,
    certificate: ValidatedCertificate,
    bid_fields: Fields,
    now: datetime,
) -> None:
    body, signature = key.sign("bid", bid_fields)
    with pytest.raises(StatementError) as refused:
        verify_statement("bid", body, signature, certificate, expect={field: value}, now=now)
    assert refused.value.code is code


def test_malleated_signature_gives_the_same_digest(
    key: SoftKey, certificate: ValidatedCertificate, bid_fields: Fields, now: datetime
) -> None:
    body, signature = key.sign("bid", bid_fields)
    r, s = decode_dss_signature(signature)
    twin = encode_dss_signature(r, P256_ORDER - s)
    first, second = (
        verify_statement("bid", body, form, certificate, expect={}, now=now)
        for form in (signature, twin)
    )
    assert signature != twin
    assert first.digest == second.digest == digest(body)


def test_another_certificate_for_the_same_key_is_refused(
    make_key, trust, bid_fields: Fields, now: datetime
) -> None:
    mine, renewed = make_key(serial=1), make_key(serial=2)
    body, signature = mine.sign("bid", bid_fields)
    other = trust.validate(renewed.certificate, (), now, "bid")
    with pytest.raises(StatementError) as refused:
        verify_statement("bid", body, signature, other, expect={}, now=now)
    assert refused.value.code is PkiReason.STATEMENT_WRONG_CERTIFICATE


def test_certificate_that_expires_during_the_session_stops_signing(
    key: SoftKey, certificate: ValidatedCertificate, bid_fields: Fields, now: datetime
) -> None:
    body, signature = key.sign("bid", bid_fields)
    last = certificate.not_after
    verify_statement("bid", body, signature, certificate, expect={}, now=last)
    with pytest.raises(StatementError) as refused:
        verify_statement(
            "bid", body, signature, certificate, expect={}, now=last + timedelta(seconds=1)
        )
    assert refused.value.code is PkiReason.CERTIFICATE_EXPIRED


@pytest.mark.parametrize("at", [0, 40, -1])
def test_one_flipped_bit_in_the_body_or_signature_is_refused(
    at: int,
    key: SoftKey,
    certificate: ValidatedCertificate,
    bid_fields: Fields,
    now: datetime,
) -> None:
    def flipped(data: bytes) -> bytes:
        changed = bytearray(data)
        changed[at] ^= 1
        return bytes(changed)

    body, signature = key.sign("bid", bid_fields)
    for pair in ((flipped(body), signature), (body, flipped(signature))):
        with pytest.raises(StatementError):
            verify_statement("bid", *pair, certificate, expect={}, now=now)


ALGORITHMS = json.loads(VECTORS.read_text("utf-8"))["algorithms"]


@pytest.mark.parametrize("case", ALGORITHMS["signatures"], ids=lambda case: case["case"])
def test_the_algorithm_follows_from_the_key(case: dict[str, Any]) -> None:
    spki = {**ALGORITHMS["keys"], **ALGORITHMS["refused_keys"]}[case["key"]]
    key = load_public_key(bytes.fromhex(spki))
    message = pae(PURPOSES[ALGORITHMS["purpose"]][0], ALGORITHMS["body"].encode())
    assert message.hex() == ALGORITHMS["pae"]
    good = key is not None and signature_is_good(key, bytes.fromhex(case["signature"]), message)
    assert good is case["good"]


def test_keys_that_policy_refuses_are_not_loaded() -> None:
    for kind, spki in ALGORITHMS["keys"].items():
        key = load_public_key(bytes.fromhex(spki))
        assert key is not None
        assert (key_kind(key), spki_der(key).hex()) == (kind, spki)
    for why, spki in ALGORITHMS["refused_keys"].items():
        assert load_public_key(bytes.fromhex(spki)) is None, why


@pytest.mark.parametrize("kind", ["P-256", "P-384", "RSA-2048", "SM2"])
def test_soft_keys_of_every_kind_sign_and_are_read_back(kind: str) -> None:
    key = SoftKey.generate(b"kinds", kind)
    again = SoftKey.from_pkcs8(key.private_pkcs8())
    assert (again.kind, again.spki) == (kind, key.spki)
    assert again.raw_sign(b"m") == key.raw_sign(b"m")
    assert signature_is_good(key.public_key, key.raw_sign(b"m"), b"m")
    assert not signature_is_good(key.public_key, key.raw_sign(b"m"), b"n")
    proof = key.prove_possession(aud="https://land.example.cn", identity="b", nonce="0e" * 32)
    verify_possession(key.spki, proof, aud="https://land.example.cn", identity="b", nonce="0e" * 32)


def test_a_seed_makes_the_same_key_and_no_seed_a_new_one() -> None:
    for kind in ("P-256", "P-384", "RSA-2048", "SM2"):
        # Two seeds that other tests use as well: an RSA key is looked for a second long.
        keys = [SoftKey.generate(seed, kind) for seed in (None, b"kinds", b"statement vectors")]
        assert len({key.spki for key in keys}) == 3
    for kind in ("RSA-1024", "RSA-x", "RSA-2050", "P-521", ""):
        for seed in (None, b"a"):
            with pytest.raises(ValueError, match="kind of key"):
                SoftKey.generate(seed, kind)


def test_a_signer_whose_clock_is_wrong_is_warned_not_refused(
    key: SoftKey, certificate: ValidatedCertificate, bid_fields: Fields, now: datetime
) -> None:
    body, signature = key.sign("bid", {**bid_fields, "iat": "1731303000"})
    statement = verify_statement("bid", body, signature, certificate, expect={}, now=now)
    assert statement.skew_s(now) == -3600


def test_proof_of_possession_needs_the_private_half(key: SoftKey) -> None:
    known = {"aud": "https://land.example.cn", "identity": "bidder-1", "nonce": "0e" * 32}
    proof = key.prove_possession(**known)
    assert verify_possession(key.spki, proof, **known).purpose == "enrol"
    stranger = spki_der(ec.generate_private_key(ec.SECP256R1()).public_key())
    for spki, nonce in ((stranger, known["nonce"]), (key.spki, "11" * 32), (b"junk", "0e" * 32)):
        with pytest.raises(StatementError) as refused:
            verify_possession(spki, proof, **{**known, "nonce": nonce})
        assert refused.value.code is PkiReason.STATEMENT_BAD_SIGNATURE


def test_a_practice_plate_signs_as_its_digits() -> None:
    assert (signed_plate("演-6172"), signed_plate("6172")) == ("6172", "6172")


def test_transport_form_is_read_or_refused_by_field(key: SoftKey, bid_fields: Fields) -> None:
    body, signature = key.sign("bid", bid_fields)
    good: dict[str, object] = {
        "body": body.decode(),
        "signature": b64encode(signature).decode(),
        "certificate": b64encode(key.certificate).decode(),
    }
    assert Signed.from_transport(good) == Signed(body, signature, key.certificate)
    chain = [key.certificate, b"issuer"]
    with_chain = Signed.from_transport({**good, "chain": [b64encode(d).decode() for d in chain]})
    assert with_chain.chain == tuple(chain)
    assert Signed.from_transport(with_chain.to_transport()) == with_chain
    assert Signed.from_transport({**good, "chain": []}).to_transport() == good
    for field, bad in [
        ("chain", None),
        ("chain", "AAAA"),
        ("chain", ["AAAA"] * 5),
        ("chain", ["AAAA", 7]),
        ("chain", ["A" * 20_000]),
        ("body", 7),
        ("body", "演练"),
        ("signature", "!!!!"),
        ("signature", None),
        ("certificate", ["x"]),
        ("certificate", "A" * 20_000),
    ]:
        with pytest.raises(StatementError) as refused:
            Signed.from_transport({**good, field: bad})
        assert refused.value.code is PkiReason.STATEMENT_TRANSPORT
        assert refused.value.data == {"field": field}
    with pytest.raises(StatementError) as refused:
        Signed.from_transport({**good, "body": "x" * (BODY_LIMIT + 1)})
    assert refused.value.code is PkiReason.STATEMENT_TOO_LONG


@given(purpose=st.sampled_from([*PURPOSES, "other"]), body=st.binary(max_size=3000))
@example(purpose="bid", body=b"[" * 2000)
@example(purpose="bid", body=b'{"' * 1000)
def test_random_bytes_end_in_a_reason(purpose: str, body: bytes) -> None:
    with pytest.raises(StatementError):
        parse(purpose, body)


@given(key_bytes=st.binary(max_size=200), signature=st.binary(max_size=200))
def test_random_keys_and_signatures_end_in_a_reason(key_bytes: bytes, signature: bytes) -> None:
    public_key = load_public_key(key_bytes)
    assert public_key is None or not signature_is_good(public_key, signature, b"m")
    sound = SoftKey.generate(b"fuzz").public_key
    assert not signature_is_good(sound, signature, b"m")
