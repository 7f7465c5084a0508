"""Revocation in operation: what is taken in, what ends by it, and what the logs say of it."""

import hashlib
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from bidders import Bidder, demo_house
from factories import PUBLISHED
from revoking import (
    HOURS,
    configure,
    credential_of,
    crl,
    ends,
    house_on,
    http,
    listener,
    records,
    serial_of,
    session_end,
    sign_in,
    take,
)
from ruled_sale import Floor
from sqlalchemy import Engine, select

from auction.core.parameters import CertificateGround, TimedTrigger
from auction.pki.chain import CertificateError
from auction.pki.demo.authority import DemoCA
from auction.pki.reasons import PkiReason
from auction.pki.revocation import RevocationError
from auction.services import evidence
from auction.services.audit_ends import opened_ends, revocation_bytes
from auction.services.house import House
from auction.services.replay import redecide
from auction.services.revocation import ends as certificate_ends
from auction.services.revocation import refreshing
from auction.services.revocation.intake import take_lists
from auction.services.trust import store
from auction.store.base import db
from auction.store.certificates import RevocationRecord, RevocationSource
from auction.trading.time import DrivenClock


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(PUBLISHED)


@pytest.fixture
def house(tmp_path: Path, clock: DrivenClock) -> Iterator[House]:
    with demo_house(tmp_path, clock) as found:
        yield found


@pytest.fixture
def floor(house: House, clock: DrivenClock) -> Floor:
    """Both have bid: both stand in the log."""
    made = Floor(house, clock)
    a, b = made.bidders
    made.bid(a, 1549)
    made.bid(b, 1649)
    return made


def in_force() -> list[str | None]:
    query = select(RevocationRecord.number).where(RevocationRecord.in_force)
    return list(db.session.scalars(query))


# --- what ends --------------------------------------------------------------------------------


def test_a_revoked_certificate_ends_its_sessions_and_stands_in_the_log(
    house: House, floor: Floor, clock: DrivenClock
) -> None:
    a, b = floor.bidders
    key, other = sign_in(house, a), sign_in(house, b)
    revoked_at = house.now() - timedelta(minutes=4)
    taken = take(house, crl(house, [serial_of(a)], 1, revoked_at))

    credential = credential_of(house, a)
    assert credential.revoked_at == house.now()
    assert credential.revocation_instant == revoked_at
    assert credential.revocation_evidence == taken.sha256
    assert (session_end(key), session_end(other)) == ("CERT_REVOKED", None)
    (told,) = ends(floor)
    assert (told.plate, told.ground) == (floor.plate(a), CertificateGround.REVOKED)
    assert told.instant == house.now(), "the authority's own instant would lead to the bidder"
    assert redecide(records(floor)).findings == ()


def test_the_commitments_open_to_certificate_and_list_and_to_nothing_else(
    house: House, floor: Floor
) -> None:
    a = floor.bidders[0]
    taken = take(house, crl(house, [serial_of(a)], 1))
    (told,) = ends(floor)
    opening = evidence.opened(house, told.certificate)
    assert opening is not None
    salt = bytes.fromhex(str(opening["salt"]))
    fingerprint = hashlib.sha256(a.key.certificate).hexdigest()
    assert len(salt) == 32
    for committed, text in ((told.certificate, fingerprint), (told.evidence, taken.sha256)):
        assert committed == hashlib.sha256(salt + text.encode()).hexdigest()
        assert text not in str(records(floor))


def test_it_is_recorded_once_however_often_it_is_looked_at(house: House, floor: Floor) -> None:
    a = floor.bidders[0]
    take(house, crl(house, [serial_of(a)], 1))
    size = len(records(floor))
    for number in (2, 3):
        take(house, crl(house, [serial_of(a)], number))
        refreshing.watch(house)
    assert len(records(floor)) == size


def test_a_crash_between_certificate_and_log_is_made_up_for(
    house: House, floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = floor.bidders[0]
    key = sign_in(house, a)
    with monkeypatch.context() as crashed:
        crashed.setattr(certificate_ends, "record_ends", lambda _house: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            take(house, crl(house, [serial_of(a)], 1))
    assert session_end(key) == "CERT_REVOKED"
    assert ends(floor) == []
    refreshing.watch(house)
    assert [one.plate for one in ends(floor)] == [floor.plate(a)]


def test_what_another_worker_took_in_is_applied_by_the_clock(house: House, floor: Floor) -> None:
    a = floor.bidders[0]
    refreshing.watch(house)
    take_lists(house, crl(house, [serial_of(a)], 1), store.entries(house))
    refreshing.watch(house)
    assert ends(floor) == [], "not before this worker has the new data"
    store.reload_if_changed(house)
    refreshing.watch(house)
    assert len(ends(floor)) == 1


def test_a_list_that_does_not_name_it_any_more_brings_nothing_back(
    house: House, floor: Floor
) -> None:
    a = floor.bidders[0]
    take(house, crl(house, [serial_of(a)], 1))
    take(house, crl(house, [], 2))
    assert credential_of(house, a).revoked_at is not None
    assert in_force() == ["2"]


def test_who_comes_into_the_log_later_is_told_of_then(house: House, clock: DrivenClock) -> None:
    floor = Floor(house, clock, timed_trigger=TimedTrigger.ALWAYS)
    a, b = floor.bidders
    floor.bid(a, 1549)
    take(house, crl(house, [serial_of(b)], 1))
    assert ends(floor) == [], "that b qualified is secret until the listing closes"
    floor.close_listing()
    refreshing.watch(house)
    assert [one.plate for one in ends(floor)] == [floor.plate(b)]


def test_a_certificate_that_runs_out_ends_the_same_way(
    house: House, floor: Floor, clock: DrivenClock
) -> None:
    a = floor.bidders[0]
    key = sign_in(house, a)
    soon = house.now() + timedelta(hours=1)
    credential = credential_of(house, a)
    credential.not_after = soon
    db.session.commit()
    refreshing.watch(house)
    assert session_end(key) is None
    clock.move_to(soon)
    refreshing.watch(house)
    assert session_end(key) == "CERT_EXPIRED"
    (told,) = ends(floor)
    assert (told.ground, told.evidence, told.instant) == (CertificateGround.EXPIRED, None, soon)
    refreshing.watch(house)
    assert len(ends(floor)) == 1


def test_after_the_end_of_bidding_nothing_is_added(
    house: House, floor: Floor, clock: DrivenClock
) -> None:
    floor.close_listing()
    floor.until(minutes=20)
    assert floor.lot.ended_at is not None
    take(house, crl(house, [serial_of(floor.bidders[0])], 1))
    assert ends(floor) == []


def test_a_revoked_authority_ends_every_certificate_below_it(house: House, floor: Floor) -> None:
    assert house.demo_ca is not None
    take(house, crl(house, [2], 1, of="root"))
    assert {one.plate for one in ends(floor)} == {floor.plate(x) for x in floor.bidders}


def test_what_a_certificate_signed_behind_its_end_is_found(
    house: House, floor: Floor, clock: DrivenClock
) -> None:
    a, b = floor.bidders
    taken = take(house, crl(house, [serial_of(b)], 1))
    credential = credential_of(house, a)
    credential.not_after = house.now()
    db.session.commit()
    refreshing.watch(house)
    floor.bid(a, 1749)  # by a way that asks for no session, and so not whether it still stands
    (honest, broken) = opened_ends(house, redecide(records(floor)).steps)
    assert (honest.plate, honest.evidence, honest.proven) == (floor.plate(b), taken.sha256, True)
    assert honest.revoked_at == house.now() - timedelta(minutes=4)
    assert honest.behind == ()
    assert broken.plate == floor.plate(a)
    assert broken.behind == (len(records(floor)),)
    kind, der = revocation_bytes(taken.sha256) or ("", b"")
    assert (kind, hashlib.sha256(der).hexdigest()) == ("crl", taken.sha256)


# --- what is taken in -------------------------------------------------------------------------


def test_an_older_list_is_refused_and_the_newer_one_stays(house: House) -> None:
    take(house, crl(house, [], 7))
    with pytest.raises(RevocationError) as refused:
        take(house, crl(house, [], 6))
    assert refused.value.code is PkiReason.CRL_ROLLBACK
    assert in_force() == ["7"]


def test_a_list_of_somebody_else_and_what_is_no_list_is_refused(house: House) -> None:
    stranger = DemoCA.create(b"another authority of the same name", house.now())
    now = house.now()
    forged = stranger.crl({}, number=9, now=now, next_update=now + HOURS)
    for data, code in ((forged, PkiReason.CRL_BAD_SIGNATURE), (b"<html>", PkiReason.CRL_MALFORMED)):
        with pytest.raises(RevocationError) as refused:
            take(house, data)
        assert refused.value.code is code
    assert in_force() == []


def status_of(anchor: str, url: str) -> RevocationSource:
    db.session.rollback()
    return db.session.get_one(RevocationSource, (anchor, url))


def test_a_configured_source_is_asked_and_what_it_says_is_applied(
    engine: Engine, tmp_path: Path, clock: DrivenClock
) -> None:
    with house_on(engine.url, tmp_path, clock) as house:
        bidder = Bidder.enrolled(house, "bidder-a")
        key = sign_in(house, bidder)
        with listener(http(crl(house, [serial_of(bidder)], 5))) as source:
            anchor = configure(house, [source.url])
            assert [fault for _, fault in refreshing.refresh(house)] == [None]
            assert session_end(key) == "CERT_REVOKED"
            assert refreshing.refresh(house) == [], "not due yet"
            clock.advance(seconds=house.site.revocation_seconds)
            refreshing.refresh(house)
            assert len(source.requests) == 2
        seen = status_of(anchor, source.url)
        assert (seen.fault, seen.succeeded_at) == (None, house.now())
        assert db.session.get_one(RevocationRecord, seen.record).number == "5"
        configure(house)
        refreshing.refresh(house)
        assert db.session.scalars(select(RevocationSource)).all() == []


def big() -> bytes:
    return b"0" * (refreshing.LIST_BYTES + 1)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (http(b"<html>maintenance</html>"), "CRL_MALFORMED"),
        (http(b""), "CRL_MALFORMED"),
        (http(b"no", "503 Service Unavailable"), "SOURCE_STATUS"),
        (http(b"", "302 Found", "Location: http://169.254.169.254/latest"), "SOURCE_REDIRECT"),
        (http(b"", "302 Found", "Location: file:///etc/passwd"), "SOURCE_REDIRECT"),
        (lambda line: http(big())(line), "SOURCE_TOO_LARGE"),
        (
            lambda line: line.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + big()),
            "SOURCE_TOO_LARGE",
        ),
        (http(b"", "200 OK", "Content-Length: 9"), "SOURCE_BROKEN"),
        (lambda line: line.sendall(b"SSH-2.0-OpenSSH\r\n"), "SOURCE_BROKEN"),
        (None, "SOURCE_TIMEOUT"),
    ],
    ids=[
        *("html", "empty", "status", "redirect", "file", "too long", "endless"),
        *("cut off", "no http", "silent"),
    ],
)
def test_a_bad_source_is_named_and_what_is_in_force_stays(
    house: House, monkeypatch: pytest.MonkeyPatch, answer: object, fault: str
) -> None:
    take(house, crl(house, [], 3))
    monkeypatch.setattr(refreshing, "FETCH_SECONDS", 0.3 if answer is None else 10)
    with listener(answer) as source:  # type: ignore[arg-type]
        anchor = configure(house, [source.url])
        assert [found for _, found in refreshing.refresh(house)] == [fault]
    seen = status_of(anchor, source.url)
    assert (seen.fault, seen.succeeded_at, seen.record) == (fault, None, None)
    assert in_force() == ["3"]


def test_a_source_that_drips_is_cut_off_in_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()

    def drip(line: object) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")  # type: ignore[attr-defined]
        while not stop.wait(0.05):
            line.sendall(b"0")  # type: ignore[attr-defined]

    monkeypatch.setattr(refreshing, "FETCH_SECONDS", 0.4)
    with listener(drip) as source:  # type: ignore[arg-type]
        configure(house, [source.url])
        assert [found for _, found in refreshing.refresh(house)] == ["SOURCE_TIMEOUT"]
        stop.set()


def test_an_older_list_from_a_source_is_a_fault_of_that_source(house: House) -> None:
    take(house, crl(house, [], 3))
    with listener(http(crl(house, [], 2))) as source:
        configure(house, [source.url])
        assert [found for _, found in refreshing.refresh(house)] == ["CRL_ROLLBACK"]
    assert in_force() == ["3"]


def test_a_failing_source_is_asked_again_soon_and_old_data_meet_the_policy(
    house: House, clock: DrivenClock
) -> None:
    bidder = Bidder.enrolled(house, "bidder-a")
    take(house, crl(house, [], 1))
    take(house, crl(house, [], 1, of="root"))
    with listener(http(b"", "500 Internal Server Error")) as source:
        configure(house, [source.url], revocation="hard")
        refreshing.refresh(house)
        clock.advance(seconds=61)
        assert len(refreshing.refresh(house)) == 1
    house.trust.validate(bidder.key.certificate, (), house.now(), "login")
    clock.advance(hours=24)
    with pytest.raises(CertificateError) as refused:
        house.trust.validate(bidder.key.certificate, (), house.now(), "login")
    assert refused.value.code is PkiReason.CERTIFICATE_STATUS_UNKNOWN
    configure(house, [source.url], revocation="soft")
    house.trust.validate(bidder.key.certificate, (), house.now(), "login")


# --- OCSP -------------------------------------------------------------------------------------


def test_a_responder_is_asked_and_what_it_says_of_one_ends_no_other(
    house: House, clock: DrivenClock
) -> None:
    here = Bidder.enrolled(house, "bidder-a")
    key = sign_in(house, here)
    sent: list[bytes] = []
    status = ["good"]

    def respond(line: object) -> None:
        assert house.demo_ca is not None
        now = house.now()
        revoked_at = now - timedelta(minutes=1) if status[0] == "revoked" else None
        body = house.demo_ca.ocsp(
            serial_of(here),
            status[0],  # type: ignore[arg-type]
            now=now,
            next_update=now + timedelta(hours=2),
            revoked_at=revoked_at,
        )
        sent.append(body)
        http(body)(line)  # type: ignore[arg-type]

    with listener(respond) as responder:  # type: ignore[arg-type]
        configure(house, ["http://127.0.0.1:9/unused"], responder.url)
        faults = {source.ocsp: fault for source, fault in refreshing.refresh(house)}
        assert faults[True] is None
        assert len(sent) == 1
        assert responder.requests[0].startswith(b"POST /list.crl HTTP/1.1")
        assert session_end(key) is None
        clock.advance(minutes=50)
        refreshing.refresh(house)
        assert len(sent) == 1, "its answer is young"
        away = Bidder.enrolled(house, "bidder-b")
        clock.advance(minutes=20)
        status[0] = "revoked"
        faults = {source.ocsp: fault for source, fault in refreshing.refresh(house)}
        assert faults[True] == "OCSP_WRONG_CERTIFICATE", "what is said of here is not about away"
    assert len(sent) == 3
    assert session_end(key) == "CERT_REVOKED"
    assert credential_of(house, here).revocation_evidence == hashlib.sha256(sent[2]).hexdigest()
    assert credential_of(house, away).revoked_at is None
