"""What a signed statement is, and the ways in which something else is not one."""

import json
from base64 import b64encode
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from hypothesis import example, given
from hypothesis import strategies as st
from pki.statement_vectors import VECTORS, as_text, make_vectors

from auction.pki.chain import ValidatedCertificate
from auction.pki.keys import load_public_key, signature_is_good, spki_der
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


def test_the_algorithm_follows_from_the_key() -> None:
    message = b"message"
    p384 = ec.generate_private_key(ec.SECP384R1())
    public = p384.public_key()
    assert signature_is_good(public, p384.sign(message, ec.ECDSA(hashes.SHA384())), message)
    assert not signature_is_good(public, p384.sign(message, ec.ECDSA(hashes.SHA256())), message)

    rsa_key = rsa.generate_private_key(65537, 2048)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32)
    for scheme in (pss, padding.PKCS1v15()):
        good = rsa_key.sign(message, scheme, hashes.SHA256())
        assert signature_is_good(rsa_key.public_key(), good, message)
    weak = rsa_key.sign(message, padding.PKCS1v15(), hashes.SHA1())
    assert not signature_is_good(rsa_key.public_key(), weak, message)
    assert not signature_is_good(rsa_key.public_key(), b"", message)


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
    for field, bad in [
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
