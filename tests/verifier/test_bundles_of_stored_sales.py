"""Bundles written from stored lots, by service and command, and what the verifier says to them."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import LISTING_FROM, A
from recorded import Recorded, award, hold_sale, listed
from sqlalchemy import select
from verifier.conftest import Run, failed

from auction.app import create_app
from auction.ledger import canonical
from auction.services import lots, rehearsal
from auction.services.audit import Ground, NotEnded
from auction.services.bundle import Kind, Opening, make
from auction.services.bundle_trust import trust_file
from auction.services.house import House, current_house
from auction.services.rehearsal.cast import COMPANIES
from auction.store.base import db
from auction.store.logs import Log, LogEntry
from auction.store.models import Base
from auction.store.sales import Lot, SaleKind
from auction.verifier import trust
from auction.verifier.__main__ import main
from auction.verifier.trust import Trust
from config import Settings

OPENING = Opening("auditor", Ground.ROUTINE, "年度例行审计")


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The whole sale of the notice with real signatures, in a database."""
    folder = tmp_path_factory.mktemp("rehearsed")
    app = create_app(Settings.from_environment({"AUCTION_DATA_DIR": str(folder)}))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        rehearsal.into_this_database(current_house())
        yield current_house()
        db.session.remove()
        db.engine.dispose()


def the_lot(_house: House) -> Lot:
    (lot,) = lots.published(SaleKind.REHEARSAL)
    return lot


def trusted(house: House, *, public: bool = False) -> Trust:
    return trust.read(json.dumps(trust_file(house, public=public)).encode())


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {item.filename: archive.read(item) for item in archive.infolist()}


def entries(origin_ends: str, kind: str) -> list[dict[str, str]]:
    query = select(LogEntry.leaf).join(Log, Log.id == LogEntry.log_id)
    found = db.session.scalars(query.where(Log.origin.endswith(origin_ends), LogEntry.type == kind))
    return [canonical.decode(leaf)["data"] for leaf in found]


def test_the_rehearsed_sale_passes_in_both_kinds(rehearsed: House, run: Run) -> None:
    lot = the_lot(rehearsed)
    auditor = run(make(rehearsed, lot, Kind.AUDITOR, OPENING), trusted(rehearsed))
    assert auditor.exit_code == 0, auditor.to_text()
    assert auditor.results[8].verdict == "PASS"
    assert auditor.results[8].total >= 10, "the confirmation's two signatures are among them"
    assert auditor.facts["winner"] == lot.leader
    assert auditor.facts["price_fen"] == lot.price_fen
    public = run(make(rehearsed, lot, Kind.PUBLIC), trusted(rehearsed, public=True))
    assert public.exit_code == 0, public.to_text()
    assert public.facts["root"] == auditor.facts["root"]
    assert public.results[8].why == "NO_STATEMENTS"


def test_a_public_bundle_names_nobody(rehearsed: House) -> None:
    held = members(make(rehearsed, the_lot(rehearsed), Kind.PUBLIC))
    assert not [n for n in held if n.startswith(("statements", "certificates", "revocation"))]
    assert "salts.json" not in held
    for data in held.values():
        for name, code in COMPANIES:
            assert name.encode() not in data
            assert code.encode() not in data


def test_an_auditors_names_those_behind_the_plates_of_the_log_and_nobody_else(
    rehearsed: House,
) -> None:
    held = members(make(rehearsed, the_lot(rehearsed), Kind.AUDITOR, OPENING))
    opened = json.loads(held["salts.json"])["seats"]
    log = [json.loads(line) for line in held["events.jsonl"].splitlines()]
    admitted = {leaf["data"]["plate"] for leaf in log if leaf["type"] == "admitted"}
    assert {seat["plate"] for seat in opened} == admitted
    told = "".join(seat["text"] for seat in opened)
    assert COMPANIES[0][1] in told
    purposes = {json.loads(d)["purpose"] for n, d in held.items() if n.startswith("statements/")}
    assert purposes == {"practice-bid", "practice-confirmation"}


def test_an_auditors_bundle_leaves_a_trace_and_a_public_one_none(rehearsed: House) -> None:
    def traces() -> tuple[int, int]:
        opened = [d for d in entries("/register", "identity_opened") if "plate" not in d]
        reads = [d for d in entries("/security", "audit_read") if d["page"] == "bundle"]
        return len(opened), len(reads)

    before = traces()
    make(rehearsed, the_lot(rehearsed), Kind.PUBLIC)
    assert traces() == before
    make(rehearsed, the_lot(rehearsed), Kind.AUDITOR, OPENING)
    assert traces() == (before[0] + 1, before[1] + 1)
    told = entries("/register", "identity_opened")[-1]
    assert (told["by"], told["ground"], told["reason"]) == ("auditor", "routine", "年度例行审计")
    with pytest.raises(ValueError, match="ground"):
        make(rehearsed, the_lot(rehearsed), Kind.AUDITOR)


def test_a_statement_that_was_changed_in_the_store_is_found(rehearsed: House, run: Run) -> None:
    held = members(make(rehearsed, the_lot(rehearsed), Kind.AUDITOR, OPENING))
    name = next(n for n in held if n.startswith("statements/"))
    kept = json.loads(held[name])
    kept["signature"] = kept["signature"][:20] + "AAAA" + kept["signature"][24:]
    held[name] = json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()
    manifest = json.loads(held["manifest.json"])
    manifest["members"][name] = hashlib.sha256(held[name]).hexdigest()
    held["manifest.json"] = json.dumps(
        manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for member, data in held.items():
            archive.writestr(member, data)
    assert failed(run(out.getvalue(), trusted(rehearsed))) == {9}


def test_the_commands_write_what_the_verifier_reads(
    rehearsed: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from flask import current_app

    runner, slug = current_app.test_cli_runner(), the_lot(rehearsed).slug
    bundle, trusts = str(tmp_path / "b.zip"), str(tmp_path / "trust.json")
    written = runner.invoke(args=["bundle", "trust", "--out", trusts])
    assert written.exit_code == 0, written.output
    assert "gets every item in it elsewhere" in written.output
    refused = runner.invoke(args=["bundle", "export", slug, "--out", bundle, "--kind", "auditor"])
    assert refused.exit_code == 2
    assert "--ground" in refused.output
    made = runner.invoke(
        args=[
            *("bundle", "export", slug, "--out", bundle, "--kind", "auditor"),
            *("--ground", "routine", "--reason", "年度例行审计"),
        ]
    )
    assert made.exit_code == 0, made.output
    assert main([bundle, "--trust", trusts]) == 0, capsys.readouterr()
    again = runner.invoke(args=["bundle", "export", slug, "--out", bundle])
    assert (again.exit_code, "not overwritten" in again.output) == (2, True)
    nobody = runner.invoke(args=["bundle", "export", "none", "--out", str(tmp_path / "x.zip")])
    assert (nobody.exit_code, "there is no lot none" in nobody.output) == (2, True)


@pytest.fixture
def sale(tmp_path: Path) -> Iterator[Recorded]:
    made = listed(tmp_path / "house")
    with made.app.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()
    made.house.engine.dispose()


def test_the_recorded_sale_before_and_after_its_end(sale: Recorded, run: Run) -> None:
    sale.bid(A, 1549, LISTING_FROM)
    with pytest.raises(NotEnded):
        make(sale.house, sale.lot, Kind.PUBLIC)
    # Nothing may be written while identities could still tell somebody something.
    with pytest.raises(NotEnded):
        make(sale.house, sale.lot, Kind.AUDITOR, OPENING)
    assert entries("/register", "identity_opened") == []


def test_the_recorded_sale_is_verified_from_what_is_public(sale: Recorded, run: Run) -> None:
    hold_sale(sale)
    award(sale)
    public = run(make(sale.house, sale.lot, Kind.PUBLIC), trusted(sale.house, public=True))
    assert public.exit_code == 0, public.to_text()
    assert public.facts["size"] == 21
    # Its bids were never signed by anybody: an auditor's bundle must say so.
    auditor = run(make(sale.house, sale.lot, Kind.AUDITOR, OPENING), trusted(sale.house))
    assert failed(auditor) == {9}


def test_a_log_that_was_tampered_with_in_the_database_is_exported_and_found(
    sale: Recorded, run: Run
) -> None:
    hold_sale(sale)
    with sale.house.engine.connect() as conn:
        query = select(LogEntry.leaf).where(LogEntry.log_id == sale.lot.log_id, LogEntry.seq == 15)
        leaf = canonical.decode(conn.execute(query).scalar_one())
    leaf["data"]["amount_fen"] += 100_000_000
    sale.execute(
        "UPDATE log_entry SET leaf = :leaf WHERE log_id = :log AND seq = 15",
        leaf=canonical.encode(leaf),
    )
    report = run(make(sale.house, sale.lot, Kind.PUBLIC), trusted(sale.house, public=True))
    assert failed(report) == {4, 13}
