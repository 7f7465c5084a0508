from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from auction.pki.chain import Anchor, TrustStore, ValidatedCertificate
from auction.pki.demo.authority import DemoCA
from auction.pki.softkey import SoftKey

MakeKey = Callable[..., SoftKey]


@pytest.fixture
def now() -> datetime:
    return datetime(2024, 11, 11, 6, 30, tzinfo=UTC)


@pytest.fixture
def ca(now: datetime) -> DemoCA:
    return DemoCA.create(b"tests", now)


@pytest.fixture
def trust(ca: DemoCA) -> TrustStore:
    return TrustStore([Anchor(ca.anchor)], allow_demo=True, intermediates=[ca.intermediate])


@pytest.fixture
def make_key(ca: DemoCA, now: datetime) -> MakeKey:
    """An enrolled key; `days` is how long its certificate still lasts."""

    def make(seed: bytes = b"bidder", serial: int = 4711, days: int = 365) -> SoftKey:
        key = SoftKey.generate(seed)
        key.certificate = ca.issue(
            "苏州演练置业有限公司",
            "91320594MA1DEMO001",
            key.public_key,
            now - timedelta(days=30),
            now + timedelta(days=days),
            serial,
        )
        return key

    return make


@pytest.fixture
def key(make_key: MakeKey) -> SoftKey:
    return make_key()


@pytest.fixture
def certificate(trust: TrustStore, key: SoftKey, now: datetime) -> ValidatedCertificate:
    return trust.validate(key.certificate, (), now, "bid")


@pytest.fixture
def bid_fields() -> dict[str, str]:
    """Every field of a bid but `cert`, which the signer fills in."""
    return {
        "aud": "https://land.example.cn",
        "lot": "2024JC-4",
        "plate": "6172",
        "rules": "5e" * 32,
        "amount": "154900000000",
        "cur": "CNY",
        "prev": "7:" + "9f" * 32,
        "nonce": "0e" * 32,
        "iat": "1731306600",
    }
