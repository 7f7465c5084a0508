"""Anchoring end to end: a recorded sale, witnesses and an authority over real HTTP on loopback."""

import base64
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from factories import PUBLISHED
from limits import parse
from recorded import Recorded, listed_in
from sqlalchemy import URL, create_engine, select
from witnesses import Authority as Stamper
from witnesses import Running, running

from auction.app import create_app
from auction.core.instants import to_us
from auction.jobs import clock as coarse
from auction.ledger.checkpoint import Checkpoint, open_note, sign
from auction.ledger.cosignature import cosignatures
from auction.ledger.merkle import Tree, leaf_hash, verify_consistency, verify_inclusion
from auction.ledger.notes import split
from auction.presenting import anchoring as words
from auction.presenting import registers
from auction.services import anchored, anchoring, anchoring_start, logbook, timestamping
from auction.services.anchoring_places import Anchoring, Witness
from auction.services.timestamping import Authority, TimestampRefused
from auction.store.anchoring import AnchoringState, Cosignature, TimestampToken
from auction.store.base import db
from auction.store.logs import Log, LogEntry, LogKind
from auction.store.models import Base
from auction.trading.runtime import LogCorrupt
from auction.trading.time import DrivenClock
from config import Settings

NOWHERE = "http://127.0.0.1:9"
SIZE = 17
"""Records of the sale whose bidding has just ended."""


@pytest.fixture
def pair(sale: Recorded, tmp_path: Path) -> Iterator[tuple[Running, Running]]:
    """Two witnesses of the centre, both needed."""
    centre = sale.house.log_key(sale.house.site.log_origin)
    with (
        running(tmp_path, centre, "witness.example/audit") as one,
        running(tmp_path, centre, "witness.example/notary") as other,
    ):
        sale.house.anchoring = Anchoring((one.place, other.place), 2)
        yield one, other


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stamper, Stamper]:
    """The pinned authority, and one that calls itself the same."""
    folder = tmp_path_factory.mktemp("tsa")
    return Stamper(folder / "real"), Stamper(folder / "rogue", rogue=True)


def pinned(made: Stamper, url: str) -> Authority:
    return Authority.from_pem(url, [made.certificate, made.root])


def show(sale: Recorded) -> list[int]:
    return [anchoring.show_heads(sale.house, one) for one in sale.house.anchoring.witnesses]


def states(sale: Recorded) -> list[str]:
    return [str(line["state"]) for line in words.lines(anchored.of_lot(sale.house, sale.lot))]


def sizes(sale: Recorded, place: Witness) -> list[int]:
    query = select(Cosignature.size).where(
        Cosignature.witness == place.id, Cosignature.log_id == sale.lot.log_id
    )
    return sorted(db.session.scalars(query))


# --- witnesses --------------------------------------------------------------------------------


def test_the_final_head_is_signed_by_every_witness(
    sale: Recorded, pair: tuple[Running, Running]
) -> None:
    with sale.app.test_request_context():
        assert states(sale) == ["waiting", "unchecked"]
        show(sale)
        assert states(sale) == ["done", "done", "done", "unchecked"]
        told = words.lines(anchored.of_lot(sale.house, sale.lot))
        assert "已锚定" in str(told[0]["text"])
        assert told[0]["value"] == "2 / 2 个见证人"
        assert "witness.example/audit" in str(told[1]["text"])
    for one in pair:
        assert sizes(sale, one.place) == [SIZE]
    assert anchored.newest_anchored(sale.house, sale.lot.log_id) == SIZE
    assert anchored.alarms(sale.house) == []


def test_what_is_signed_is_not_asked_for_again(
    sale: Recorded, pair: tuple[Running, Running]
) -> None:
    assert show(sale)[0] > 0
    asked = len(pair[0].statuses)
    assert show(sale) == [0, 0]
    assert len(pair[0].statuses) == asked
    assert set(pair[0].statuses) == {200}


def test_a_growing_log_is_shown_every_ten_seconds(
    sale: Recorded, pair: tuple[Running, Running]
) -> None:
    house = sale.house
    with anchoring.writing() as session:
        logbook.register(house, session, "test_act", {})
    show(sale)
    log_id = logbook.centre_log(house, db.session(), LogKind.REGISTER)
    place = pair[0].place

    def due() -> set[int]:
        with house.engine.connect() as conn:
            return {one.log_id for one in anchoring._due(conn, place.id, house.now())}

    with anchoring.writing() as session:
        logbook.register(house, session, "test_act", {})
    assert log_id not in due()  # the centre's own logs go once a minute
    sale.clock.move_to(house.now() + anchoring.CENTRE)
    assert log_id in due()
    with house.engine.begin() as conn:  # as if the lot's bidding still went on
        conn.exec_driver_sql("UPDATE lot SET ended_at = NULL")
        conn.exec_driver_sql("UPDATE anchoring_state SET known_size = known_size - 1")
    show(sale)
    with house.engine.begin() as conn:
        conn.exec_driver_sql("UPDATE anchoring_state SET known_size = known_size - 1")
    assert sale.lot.log_id not in due()
    sale.clock.move_to(house.now() + anchoring.LIVE)
    assert sale.lot.log_id in due()


def test_a_sealed_log_is_shown_to_nobody(sale: Recorded, pair: tuple[Running, Running]) -> None:
    """Its size is the number of applications."""
    with anchoring.writing() as session:
        logbook.append(sale.house, session, sale.lot.sealed_log_id, "x", {}, sale.house.now())
    show(sale)
    kinds = db.session.scalars(select(Log.kind).join(Cosignature, Cosignature.log_id == Log.id))
    assert "sealed" not in set(kinds)


def test_without_a_quorum_it_is_not_anchored_and_after_a_minute_an_alarm(
    sale: Recorded, pair: tuple[Running, Running]
) -> None:
    house, (one, other) = sale.house, pair
    house.anchoring.witnesses = (one.place, replace(other.place, url=NOWHERE))
    show(sale)
    with sale.app.test_request_context():
        assert states(sale) == ["waiting", "done", "unchecked"]
        assert house.anchoring.rests(other.place.id, house.now())
        assert not house.anchoring.rests(one.place.id, house.now())
        sale.clock.move_to(house.now() + timedelta(seconds=61))
        assert states(sale) == ["failed", "done", "unchecked"]
        told = [(alarm.code, alarm.place) for alarm in anchored.alarms(house)]
        assert ("NOT_WITNESSED", "-") in told
        assert ("SOURCE_UNREACHABLE", "witness.example/notary") in told
        assert all(words.alarm(alarm) for alarm in anchored.alarms(house))
        assert anchored.figures(house) == anchored.Figures(2, 1, 0, 1)
        house.anchoring.quorum = 1
        assert states(sale)[0] == "done"
        house.anchoring.quorum = 2
        house.anchoring.witnesses = (one.place, other.place)
        show(sale)
        assert states(sale)[0] == "done"
        assert anchored.alarms(house) == []


def test_a_place_that_fails_is_asked_less_and_less_often(sale: Recorded) -> None:
    made, now = Anchoring(), sale.house.now()
    waits = []
    for _ in range(8):
        made.failed("x", now)
        waits.append(made.failures["x"][1] - now)
    assert [wait.seconds for wait in waits] == [1, 2, 5, 10, 20, 30, 30, 30]
    made.succeeded("x")
    assert not made.rests("x", now)


def test_an_answer_that_was_lost_is_asked_for_again(
    sale: Recorded, pair: tuple[Running, Running]
) -> None:
    """The centre died between the witness's signature and its own note of it."""
    show(sale)
    with sale.house.engine.begin() as conn:
        conn.exec_driver_sql("DELETE FROM cosignature")
        conn.exec_driver_sql("DELETE FROM anchoring_state")
    show(sale)
    assert sizes(sale, pair[0].place) == [SIZE]
    assert 409 in pair[0].statuses
    assert anchored.alarms(sale.house) == []


def test_a_witness_with_another_key_is_not_believed(
    sale: Recorded, pair: tuple[Running, Running]
) -> None:
    one, other = pair
    sale.house.anchoring.witnesses = (Witness(one.key.cosigner, other.url),)
    show(sale)
    assert sizes(sale, one.place) == []
    assert {alarm.code for alarm in anchored.alarms(sale.house)} == {"COSIGNATURE_MISSING"}


def test_a_witness_that_does_not_know_us_is_named(
    sale: Recorded, tmp_path: Path, pair: tuple[Running, Running]
) -> None:
    stranger = sale.house.log_key("another.example")
    with running(tmp_path, stranger, "witness.example/other") as third:
        sale.house.anchoring.witnesses = (third.place,)
        show(sale)
    assert {alarm.code for alarm in anchored.alarms(sale.house)} == {"WITNESS_404"}


@pytest.mark.postgres
def test_postgresql_is_asked_the_same(tmp_path: Path, postgresql_tables: URL) -> None:
    clock = DrivenClock(PUBLISHED)
    url = postgresql_tables.render_as_string(hide_password=False)
    settings = Settings.from_environment(
        {"AUCTION_DATA_DIR": str(tmp_path), "AUCTION_DATABASE_URL": url}
    )
    made = listed_in(create_app(settings, clock=clock), clock)
    centre = made.house.log_key(made.house.site.log_origin)
    with made.app.app_context(), running(tmp_path, centre) as one:
        made.house.anchoring = Anchoring((one.place,), 1)
        with anchoring.writing() as session:
            logbook.register(made.house, session, "test_act", {})
        assert show(made) == [2]
        anchoring_start.check(made.house)
        made.execute("UPDATE lot SET ended_at = :at WHERE id = :lot", at=to_us(made.house.now()))
        clock.move_to(made.house.now() + timedelta(seconds=61))
        assert anchored.alarms(made.house) == []
        made.execute("DELETE FROM cosignature WHERE log_id = :log")
        assert [alarm.code for alarm in anchored.alarms(made.house)] == ["NOT_WITNESSED"]
        assert [place.behind for place in anchored.places(made.house)] == [0]
        with made.house.engine.connect() as conn:
            assert len(list(anchoring._unstamped(conn, clock.now()))) == 1
        anchoring_start.check(made.house)
        assert anchored.newest_anchored(made.house, made.lot.log_id) == 1
        db.session.remove()
        db.engine.dispose()
    made.house.engine.dispose()
    emptied = create_engine(url)
    with emptied.begin() as conn:
        for table in reversed(Base.metadata.sorted_tables):
            conn.execute(table.delete())
    emptied.dispose()


# --- a log that is rewritten ------------------------------------------------------------------


def rewrite(sale: Recorded, seq: int = 5) -> None:
    """What somebody with database and log key can do: another record, and heads that fit it."""
    house, lot = sale.house, sale.lot
    rows = db.session.execute(
        select(LogEntry.seq, LogEntry.leaf).where(LogEntry.log_id == lot.log_id).order_by("seq")
    ).all()
    db.session.rollback()
    tree = Tree()
    key = house.log_key(lot.log.origin)
    for number, leaf in rows:
        data = leaf.replace(b'"amount_fen":1', b'"amount_fen":2') if number >= seq else leaf
        tree.append(leaf_hash(data))
        note = sign(Checkpoint(key.name, number, tree.root()), key)
        values = {"seq": number, "leaf": data, "hash": leaf_hash(data), "note": note}
        sale.execute(
            "UPDATE log_entry SET leaf = :leaf, leaf_hash = :hash"
            " WHERE log_id = :log AND seq = :seq",
            **values,
        )
        sale.execute(
            "UPDATE log_checkpoint SET note = :note WHERE log_id = :log AND size = :seq", **values
        )
    sale.execute(
        "UPDATE log SET root = :root, frontier = :frontier WHERE id = :log",
        root=tree.root(),
        frontier=tree.frontier().to_bytes(),
    )


def forget(sale: Recorded) -> None:
    """The kept cosignatures too: they lie in the same database."""
    with sale.house.engine.begin() as conn:
        conn.exec_driver_sql("DELETE FROM cosignature")
        conn.exec_driver_sql("DELETE FROM anchoring_state")


def still_open(sale: Recorded) -> None:
    with sale.house.engine.begin() as conn:
        conn.exec_driver_sql("UPDATE lot SET ended_at = NULL")


def test_a_split_view_is_an_alarm_that_stays(sale: Recorded, pair: tuple[Running, Running]) -> None:
    show(sale)
    rewrite(sale)
    forget(sale)
    show(sale)
    told = anchored.alarms(sale.house)
    assert [alarm.code for alarm in told] == ["WITNESS_CONTRADICTS"] * 2
    with sale.app.test_request_context():
        found = words.lines(anchored.of_lot(sale.house, sale.lot))
        assert found[0]["state"] == "failed"
        assert "拒绝" in str(found[0]["text"])
        assert "不一致" in words.alarm(told[0])
        act = db.session.scalars(
            select(LogEntry.type).where(LogEntry.type == "witness_contradicted")
        ).all()
        assert len(act) == 2
        said = registers.sentence(
            "witness_contradicted", {"witness": pair[0].place.id, "origin": sale.lot.log.origin}
        )
        assert said.startswith("见证人 witness.example/audit 拒绝为 ")
    assert anchored.figures(sale.house).contradicted == 1
    assert sizes(sale, pair[0].place) == []


def test_a_kept_cosignature_over_another_head_is_shown_as_such(
    sale: Recorded, pair: tuple[Running, Running]
) -> None:
    show(sale)
    rewrite(sale)
    with sale.app.test_request_context():
        assert states(sale) == ["waiting", "failed", "failed", "unchecked"]
        told = words.lines(anchored.of_lot(sale.house, sale.lot))
        assert "不符" in str(told[1]["text"])


def test_the_server_starts_with_what_witnesses_signed(
    sale: Recorded, pair: tuple[Running, Running]
) -> None:
    show(sale)
    anchoring_start.check(sale.house)
    still_open(sale)
    anchoring_start.check(sale.house)


def test_it_does_not_start_on_a_rewritten_log_by_its_own_cosignatures(
    sale: Recorded, pair: tuple[Running, Running]
) -> None:
    show(sale)
    rewrite(sale)
    with pytest.raises(LogCorrupt, match="a witness signed another head of 17 records"):
        anchoring_start.check(sale.house)


def test_nor_by_what_the_witness_remembers(sale: Recorded, pair: tuple[Running, Running]) -> None:
    show(sale)
    rewrite(sale)
    forget(sale)
    still_open(sale)
    with pytest.raises(LogCorrupt, match=r"witness\.example/audit contradicts it: .* another root"):
        anchoring_start.check(sale.house)


def test_nor_on_a_log_that_was_cut_short(sale: Recorded, pair: tuple[Running, Running]) -> None:
    show(sale)
    forget(sale)
    still_open(sale)
    tree = Tree(
        db.session.scalars(
            select(LogEntry.leaf_hash).where(LogEntry.log_id == sale.lot.log_id).order_by("seq")
        ).all()
    )
    db.session.rollback()
    for table, column in (("log_checkpoint", "size"), ("log_entry", "seq")):
        sale.execute(f"DELETE FROM {table} WHERE log_id = :log AND {column} > 15")
    sale.execute("UPDATE log SET size = 15, root = :root WHERE id = :log", root=tree.root_at(15))
    with pytest.raises(LogCorrupt, match="it has signed 17 records, we have 15"):
        anchoring_start.check(sale.house)


def test_a_changed_record_of_the_register_keeps_it_from_starting(sale: Recorded) -> None:
    with anchoring.writing() as session:
        logbook.register(sale.house, session, "test_act", {"by": "somebody"})
    anchoring_start.check(sale.house)
    sale.execute("UPDATE log_entry SET leaf = CAST(replace(leaf, 'somebody', 'nobody..') AS BLOB)")
    with pytest.raises(LogCorrupt, match="the bytes of record"):
        anchoring_start.check(sale.house)


def test_a_witness_out_of_reach_does_not_keep_it_from_starting(
    sale: Recorded, pair: tuple[Running, Running], caplog: pytest.LogCaptureFixture
) -> None:
    still_open(sale)
    sale.house.anchoring.witnesses = (replace(pair[0].place, url=NOWHERE),)
    anchoring_start.check(sale.house)
    assert "was not compared with witness witness.example/audit: SOURCE_UNREACHABLE" in caplog.text


def test_cosignatures_that_were_deleted_are_an_alarm_and_asked_for_at_the_start(
    sale: Recorded, pair: tuple[Running, Running]
) -> None:
    """Somebody who rewrites an ended sale deletes what contradicts him, and leaves the rest."""
    show(sale)
    rewrite(sale)
    with sale.house.engine.begin() as conn:
        conn.exec_driver_sql("DELETE FROM cosignature")
    sale.clock.move_to(sale.house.now() + timedelta(seconds=61))
    assert [alarm.code for alarm in anchored.alarms(sale.house)] == ["NOT_WITNESSED"]
    with pytest.raises(LogCorrupt, match="contradicts it"):
        anchoring_start.check(sale.house)


def test_a_rehearsal_that_contradicts_its_witness_is_left_alone(
    sale: Recorded, pair: tuple[Running, Running]
) -> None:
    show(sale)
    rewrite(sale)
    sale.execute("UPDATE lot SET kind = 'rehearsal' WHERE id = :lot")
    anchoring_start.check(sale.house)


# --- timestamps -------------------------------------------------------------------------------


def test_the_final_head_is_stamped(sale: Recorded, authorities: tuple[Stamper, Stamper]) -> None:
    house, (real, _) = sale.house, authorities
    with real.running() as url, sale.app.test_request_context():
        house.anchoring = Anchoring(authority=pinned(real, url))
        assert states(sale) == ["unchecked", "waiting"]
        sale.clock.move_to(house.now() + timedelta(seconds=61))
        assert [alarm.code for alarm in anchored.alarms(house)] == ["NOT_STAMPED"]
        assert states(sale) == ["unchecked", "failed"]
        assert anchoring.stamp_heads(house) == 1
        assert anchoring.stamp_heads(house) == 0
        assert states(sale) == ["unchecked", "done"]
        told = words.lines(anchored.of_lot(house, sale.lot))[-1]
        assert "Test Timestamp Authority" in str(told["text"])
        assert anchored.alarms(house) == []
    row = db.session.scalars(select(TimestampToken)).one()
    _, _, note = house.trees.at(row.log_id, row.size)  # type: ignore[misc]
    assert timestamping.verify(pinned(real, NOWHERE), note, row.response) == row.at


def test_a_stamp_counts_for_one_note_one_nonce_and_the_pinned_authority_only(
    authorities: tuple[Stamper, Stamper], tmp_path: Path
) -> None:
    real, rogue = authorities
    with real.running() as url:
        answer, _ = timestamping.request(pinned(real, url), "a note\n")
    with pytest.raises(TimestampRefused, match="Mismatch between messages"):
        timestamping.verify(pinned(real, NOWHERE), "another note\n", answer)
    with pytest.raises(TimestampRefused, match="Nonce"):
        timestamping.verify(pinned(real, NOWHERE), "a note\n", answer, nonce=1)
    with pytest.raises(TimestampRefused):
        timestamping.verify(pinned(rogue, NOWHERE), "a note\n", answer)


def test_a_damaged_stamp_is_refused_or_says_the_same(
    authorities: tuple[Stamper, Stamper],
) -> None:
    """A few bytes are under no signature (the names of algorithms): they change nothing."""
    real, _ = authorities
    with real.running() as url:
        answer, at = timestamping.request(pinned(real, url), "a note\n")
    refused = 0
    for place in range(0, len(answer), 5):
        for mask in (1, 0xFF):
            damaged = answer[:place] + bytes([answer[place] ^ mask]) + answer[place + 1 :]
            try:
                assert timestamping.verify(pinned(real, NOWHERE), "a note\n", damaged) == at
            except TimestampRefused:
                refused += 1
    assert refused > 300
    for cut in range(0, len(answer), 50):
        with pytest.raises(TimestampRefused):
            timestamping.verify(pinned(real, NOWHERE), "a note\n", answer[:cut])


def test_a_rogue_authority_of_the_same_name_is_refused(
    sale: Recorded, authorities: tuple[Stamper, Stamper]
) -> None:
    """It signed its certificate itself and sends it along: rfc3161-client 1.0.8 believed that."""
    real, rogue = authorities
    with rogue.running() as url:
        sale.house.anchoring = Anchoring(authority=pinned(real, url))
        assert anchoring.stamp_heads(sale.house) == 0
        with pytest.raises(TimestampRefused):
            timestamping.request(pinned(real, url), "a note\n")
    assert db.session.scalars(select(TimestampToken)).all() == []
    assert db.session.scalars(select(AnchoringState.fault)).all() == ["TIMESTAMP_INVALID"]


def test_an_authority_is_pinned_with_those_above_it(
    authorities: tuple[Stamper, Stamper],
) -> None:
    with pytest.raises(ValueError, match="up to the root"):
        Authority.from_pem(NOWHERE, [authorities[0].certificate])


# --- the clock, and what is public ------------------------------------------------------------


def test_the_elected_clock_shows_the_heads(sale: Recorded, pair: tuple[Running, Running]) -> None:
    task = coarse._showing(sale.house, pair[0].place)
    sale.house.sequencer.announcing = False
    task()
    assert pair[0].statuses == []
    sale.house.sequencer.announcing = True
    task()
    assert pair[0].statuses
    assert pair[1].statuses == []


def test_heads_and_proofs_by_api(sale: Recorded, pair: tuple[Running, Running]) -> None:
    client, base = sale.app.test_client(), "/lots/2024JC-4/log"
    key = sale.house.log_key(sale.lot.log.origin).verifier
    leaves = [
        leaf_hash(leaf)
        for leaf in db.session.scalars(
            select(LogEntry.leaf).where(LogEntry.log_id == sale.lot.log_id).order_by(LogEntry.seq)
        )
    ]
    tree = Tree(leaves)
    assert client.get(f"{base}/head?anchored=1").status_code == 404
    show(sale)
    for address in (f"{base}/head", f"{base}/head?anchored=1"):
        answer = client.get(address)
        note = answer.get_data(as_text=True)
        assert open_note(note, key).size == SIZE
        found = cosignatures(note, [one.key.cosigner for one in pair])
        assert {one.witness.name for one in found} == {
            "witness.example/audit",
            "witness.example/notary",
        }
        again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
    assert split(note)[0].split("\n")[0] == sale.lot.log.origin
    for old in range(1, SIZE + 1):
        answer = client.get(f"{base}/consistency?from={old}&to={SIZE}")
        proof = [base64.b64decode(line) for line in answer.get_json()["proof"]]
        assert verify_consistency(old, SIZE, tree.root_at(old), tree.root(), proof)
        content = client.get(f"{base}/inclusion?seq={old}&size={SIZE}").get_json()
        assert base64.b64decode(content["leaf_hash"]) == leaves[old - 1]
        proof = [base64.b64decode(line) for line in content["proof"]]
        assert verify_inclusion(leaves[old - 1], old - 1, SIZE, proof, tree.root())
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers


def test_a_proof_that_is_none_is_refused(sale: Recorded) -> None:
    client = sale.app.test_client()
    for query in (
        "consistency?from=0&to=3",
        "consistency?from=4&to=3",
        "consistency?from=1&to=18",
        "consistency?from=01&to=3",
        "consistency",
        "inclusion?seq=0&size=3",
        "inclusion?seq=4&size=3",
        "inclusion?seq=1&size=99999999999999999999",
        "inclusion?seq=1&size=-1",
    ):
        answer = client.get(f"/lots/2024JC-4/log/{query}", headers={"Accept": "application/json"})
        assert answer.status_code == 400, query
        assert answer.get_json()["code"] == "PROOF_RANGE"


def test_proofs_are_limited(sale: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auction.web.public.proofs.PROOFS", parse("2/minute"))
    client = sale.app.test_client()
    statuses = [client.get("/lots/2024JC-4/log/head").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_the_register_has_the_same(sale: Recorded) -> None:
    with anchoring.writing() as session:
        logbook.register(sale.house, session, "test_act", {})
        logbook.register(sale.house, session, "test_act", {})
    client = sale.app.test_client()
    key = sale.house.log_key(sale.house.log_origin("register")).verifier
    size = open_note(client.get("/register/log/head").get_data(as_text=True), key).size
    assert client.get(f"/register/log/consistency?from=1&to={size}").status_code == 200
    assert client.get(f"/register/log/inclusion?seq=1&size={size}").status_code == 200


def test_the_result_page_offers_what_was_signed(
    sale: Recorded,
    pair: tuple[Running, Running],
    authorities: tuple[Stamper, Stamper],
) -> None:
    client = sale.app.test_client()
    assert "尚未锚定" in client.get("/lots/2024JC-4/result").get_data(as_text=True)
    assert client.get("/lots/2024JC-4/log/timestamp").status_code == 404
    with authorities[0].running() as url:
        sale.house.anchoring.authority = pinned(authorities[0], url)
        show(sale)
        anchoring.stamp_heads(sale.house)
    page = client.get("/lots/2024JC-4/result").get_data(as_text=True)
    assert "已锚定：独立见证人已在最终树头上签名" in page
    assert "尚未锚定" not in page
    assert "已有可信时间戳：Test Timestamp Authority" in page
    heads = "/lots/2024JC-4/log/head?size="
    assert client.get(f"{heads}999").status_code == 404
    assert client.get(f"{heads}x").status_code == 404
    token = client.get("/lots/2024JC-4/log/timestamp")
    verify_as_documented(
        authorities[0].folder, token.data, client.get(f"{heads}{SIZE}").get_data(as_text=True)
    )
    assert token.mimetype == "application/timestamp-reply"
    assert "2024JC-4-17.tsr" in token.headers["Content-Disposition"]


def verify_as_documented(folder: Path, token: bytes, head: str) -> None:
    """The recipe of docs/auditors.md."""
    (folder / "x.tsr").write_bytes(token)
    (folder / "head.txt").write_text(head, "utf-8")
    assert len(head.split("\n")) == 8  # two witnesses below the log's own signature
    for recipe in (
        "grep -m5 '' head.txt > head.note",
        "openssl ts -verify -in x.tsr -data head.note -CAfile root.pem -untrusted tsa.pem",
    ):
        done = subprocess.run(recipe, shell=True, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
