"""The demo authority and soft keys: repeatable from a seed, private keys for their owner only."""

import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from auction.pki.chain import TrustStore
from auction.pki.demo_ca import DemoCA
from auction.pki.softkey import SoftKey
from auction.pki.statement import StatementError


def issued(ca: DemoCA, now: datetime) -> bytes:
    key = SoftKey.generate(b"seed")
    return ca.issue("演练公司", "91320594MA1DEMO002", key.public_key, now, now + timedelta(1), 12)


def test_one_seed_gives_the_same_bytes(now: datetime) -> None:
    first, second = (DemoCA.create(b"seed", now) for _ in range(2))
    assert first.anchor == second.anchor
    assert first.intermediate == second.intermediate
    assert issued(first, now) == issued(second, now)
    day = timedelta(days=1)
    lists = [ca.crl({12: now}, number=1, now=now, next_update=now + day) for ca in (first, second)]
    assert lists[0] == lists[1]


def test_no_seed_gives_another_authority_each_time(now: datetime) -> None:
    first, second = (DemoCA.create(None, now) for _ in range(2))
    assert first.fingerprint != second.fingerprint


def test_a_saved_authority_goes_on_issuing(
    tmp_path: Path, ca: DemoCA, trust: TrustStore, now: datetime
) -> None:
    ca.save(tmp_path / "ca")
    again = DemoCA.load(tmp_path / "ca")
    assert again.fingerprint == ca.fingerprint
    assert trust.validate(issued(again, now), (), now, "login").demo


def test_private_keys_are_readable_by_their_owner_only(tmp_path: Path, ca: DemoCA) -> None:
    ca.save(tmp_path)
    for role in ("root", "issuing"):
        assert stat.S_IMODE((tmp_path / f"{role}.key").stat().st_mode) == 0o600


def test_an_authority_is_never_overwritten(tmp_path: Path, ca: DemoCA, now: datetime) -> None:
    ca.save(tmp_path)
    with pytest.raises(FileExistsError):
        DemoCA.create(None, now).save(tmp_path)
    assert DemoCA.load(tmp_path).fingerprint == ca.fingerprint


def test_a_key_that_belongs_to_another_certificate_is_not_loaded(
    tmp_path: Path, ca: DemoCA
) -> None:
    ca.save(tmp_path)
    (tmp_path / "issuing.key").write_bytes((tmp_path / "root.key").read_bytes())
    with pytest.raises(ValueError, match="issuing"):
        DemoCA.load(tmp_path)


def test_a_seeded_soft_key_signs_the_same_bytes(bid_fields: dict[str, str]) -> None:
    first, second = (SoftKey.generate(b"robot 1").sign("bid", bid_fields) for _ in range(2))
    assert first == second
    assert SoftKey.generate(b"robot 2").sign("bid", bid_fields) != first


def test_a_soft_key_signs_only_whole_statements(bid_fields: dict[str, str]) -> None:
    del bid_fields["nonce"]
    with pytest.raises(StatementError):
        SoftKey.generate().sign("bid", bid_fields)
