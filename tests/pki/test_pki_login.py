"""Signing in by answering a challenge."""

from datetime import datetime, timedelta

import pytest

from auction.pki.chain import CertificateError, TrustStore
from auction.pki.challenge import CHALLENGE_LIFE, Challenge, check_login, new_challenge
from auction.pki.reasons import PkiReason
from auction.pki.softkey import SoftKey
from auction.pki.statement import Signed, StatementError

AUD = "https://land.example.cn"


@pytest.fixture
def challenge(now: datetime) -> Challenge:
    return new_challenge(b"\x07" * 32, aud=AUD, now=now)


def answer(key: SoftKey, purpose: str = "login", **changed: str) -> Signed:
    fields = {"aud": AUD, "nonce": "07" * 32, "iat": "1731306600", **changed}
    return Signed(*key.sign(purpose, fields), key.certificate)


def refused(signed: Signed, challenge: Challenge, trust: TrustStore, now: datetime) -> PkiReason:
    with pytest.raises((StatementError, CertificateError)) as error:
        check_login(signed, challenge, trust=trust, now=now)
    return error.value.code


def test_a_signed_challenge_signs_in(
    key: SoftKey, challenge: Challenge, trust: TrustStore, now: datetime
) -> None:
    login = check_login(answer(key), challenge, trust=trust, now=now)
    assert login.certificate.serial == "1267"
    assert not login.clock_skewed


def test_a_wrong_clock_is_advice_only(
    key: SoftKey, challenge: Challenge, trust: TrustStore, now: datetime
) -> None:
    for iat, skewed in (("1731306720", False), ("1731306721", True), ("1731306479", True)):
        login = check_login(answer(key, iat=iat), challenge, trust=trust, now=now)
        assert login.clock_skewed is skewed


def test_an_answer_to_another_challenge_is_refused(
    key: SoftKey, challenge: Challenge, trust: TrustStore, now: datetime
) -> None:
    signed = answer(key, nonce="08" * 32)
    assert refused(signed, challenge, trust, now) is PkiReason.STATEMENT_WRONG_NONCE


def test_an_answer_relayed_from_another_site_is_refused(
    key: SoftKey, challenge: Challenge, trust: TrustStore, now: datetime
) -> None:
    signed = answer(key, aud="https://land.example.cn.evil.example")
    assert refused(signed, challenge, trust, now) is PkiReason.STATEMENT_WRONG_AUDIENCE


def test_a_challenge_ends_when_its_time_is_up(
    key: SoftKey, challenge: Challenge, trust: TrustStore, now: datetime
) -> None:
    last = now + CHALLENGE_LIFE - timedelta(microseconds=1)
    assert check_login(answer(key), challenge, trust=trust, now=last)
    late = now + CHALLENGE_LIFE
    assert refused(answer(key), challenge, trust, late) is PkiReason.CHALLENGE_EXPIRED


def test_a_rehearsal_login_signature_does_not_sign_in(
    key: SoftKey, challenge: Challenge, trust: TrustStore, now: datetime
) -> None:
    signed = answer(key, "practice-login")
    assert refused(signed, challenge, trust, now) is PkiReason.STATEMENT_BAD_SIGNATURE


def test_someone_elses_certificate_is_refused(
    key: SoftKey, make_key, challenge: Challenge, trust: TrustStore, now: datetime
) -> None:
    mine = answer(key)
    other = make_key(b"other", serial=2).certificate
    stolen = Signed(mine.body, mine.signature, other)
    assert refused(stolen, challenge, trust, now) is PkiReason.STATEMENT_WRONG_CERTIFICATE


def test_a_nonce_is_made_of_32_random_bytes(now: datetime) -> None:
    with pytest.raises(ValueError, match="32"):
        new_challenge(b"short", aud=AUD, now=now)
