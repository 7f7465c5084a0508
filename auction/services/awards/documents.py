"""The deal documents: 《成交通知书》, 《成交确认书》 and the signatures of both sides on it.

The deal confirmation is drawn up once, at the instant at which the award is confirmed, and kept
as evidence: what is printed years later is the very text whose digest both sides signed.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from auction.core import commands as c
from auction.core import events as e
from auction.core.notice import LotFacts, Notice
from auction.core.notice_codec import notice_from_dict
from auction.core.workdays import beijing_date
from auction.documents.chinese import full_instant_text
from auction.documents.deal_papers import (
    DealConfirmationFacts,
    DealNoticeFacts,
    JointParty,
    deal_confirmation,
    deal_notice,
)
from auction.documents.paper import (
    Edition,
    Mark,
    Paper,
    Row,
    Signature,
    content_bytes,
    with_digest,
)
from auction.documents.winner_papers import WINNER_PAPERS
from auction.ledger.checkpoint import Checkpoint, check_code
from auction.ledger.notes import split
from auction.pki import statement as st
from auction.pki.sealing import Json
from auction.pki.statement import Signed
from auction.services import evidence, lots
from auction.services.awards.standing import (
    Acts,
    AwardError,
    Part,
    acts_of,
    part_of,
    parties_of,
    profile_of,
    required,
    verified,
    winner_of,
)
from auction.services.house import House
from auction.services.people import Actor
from auction.services.randomness import identifier
from auction.store import journal
from auction.store.base import db
from auction.store.sales import Lot
from auction.store.seats import Award, Evidence
from auction.trading.work import Answer, Work

CURRENCY = "CNY"
COPIES = 4
WINNER, GRANTOR = "winner", "grantor"

Draw = Callable[[Connection, datetime], dict[str, Any]]


def drawing(house: House, lot: Lot) -> Draw:
    """Draws up the deal documents at the instant of confirmation: keeps the text that will be
    signed, and returns the columns of the award.

    What is random or read from the database is taken here, before the transaction.
    """
    notice_number, number = _number(house, "通"), _number(house, "确")
    facts = _confirmation_facts(house, lot, number)
    head, lot_id = _final_head(lot, acts_of(lot)), lot.id

    def draw(conn: Connection, confirmed_at: datetime) -> dict[str, Any]:
        drawn = deal_confirmation(replace(facts, made_on=beijing_date(confirmed_at)))
        paper = _with_head(drawn, head)
        digest = paper.content_sha256
        content: Json = {"document": content_bytes(paper).decode("utf-8")}
        row = {
            "digest": digest,
            "lot_id": lot_id,
            "purpose": "document",
            "sealed": house.sealer.seal(content, f"evidence:{digest}"),
            "received_at": confirmed_at,
        }
        conn.execute(insert(Evidence), [row])
        return {
            "notice_number": notice_number,
            "confirmation_number": number,
            "confirmation_hash": digest,
        }

    return draw


def notice_paper(house: House, lot: Lot) -> Paper:
    """《成交通知书》, from the confirmation of the award on. AwardError(NOT_CONFIRMED)."""
    award, acts, confirmed = _confirmed(house, lot)
    assert lot.price_fen is not None
    assert lot.ended_at is not None
    assert award.notice_number is not None
    notice, facts = _facts(lot)
    paper = deal_notice(
        DealNoticeFacts(
            edition=Edition(lot.kind),
            number=award.notice_number,
            notice_number=notice.number,
            lot_code=lot.code,
            location=facts.parcel.location,
            winner=winner_of(house, lot).name,
            plate=lot.leader or "",
            price_fen=lot.price_fen,
            start_fen=facts.start_fen,
            deal_at=lot.ended_at,
            papers_place=notice.platform.name,
            papers_due=beijing_date(award.papers_due - timedelta(seconds=1)),
            papers=tuple(WINNER_PAPERS.values()),
            grantor=notice.grantor,
            issuer=notice.agency,
            issued_on=beijing_date(confirmed.arrival),
        )
    )
    return _with_head(paper, _final_head(lot, acts))


def confirmation_paper(house: House, lot: Lot) -> Paper:
    """《成交确认书》 as it was drawn up, with the signatures given so far.

    AwardError(NOT_CONFIRMED).
    """
    award, acts, _ = _confirmed(house, lot)
    assert award.confirmation_hash is not None
    kept = evidence.opened(house, award.confirmation_hash)
    assert kept is not None
    notice, _ = _facts(lot)
    return replace(
        paper_of(str(kept["document"]).encode()),
        content_sha256=award.confirmation_hash,
        check_code=check_code(_final_head(lot, acts)),
        signatures=(
            _signature(house, acts, GRANTOR, "出让方", notice.grantor),
            _signature(house, acts, WINNER, "竞得人", winner_of(house, lot).name),
        ),
    )


def side_of(house: House, lot: Lot, actor: Actor) -> str | None:
    """Which side of the deal confirmation this person signs for, if any."""
    if part_of(house, lot, actor) is Part.HIGHEST:
        return WINNER
    return GRANTOR if "approver" in actor.roles else None


def confirmation_statement(house: House, lot: Lot, side: str) -> tuple[str, dict[str, str]]:
    """Purpose and known fields of the statement by which `side` signs. AwardError."""
    award, _, _ = _confirmed(house, lot)
    assert award.confirmation_hash is not None
    return st.purpose_for("confirmation", practice=lots.is_practice(lot)), {
        "aud": house.site.origin,
        "lot": lot.slug,
        "plate": st.signed_plate(lot.leader or ""),
        "side": side,
        "document": award.confirmation_hash,
        "amount": str(lot.price_fen),
        "cur": CURRENCY,
    }


def sign_confirmation(house: House, lot: Lot, actor: Actor, signed: Signed) -> Answer:
    """One side signs the deal confirmation: the winner himself, an approver for the grantor.

    The signature is kept as evidence, the log gets the event. Raises AwardError: NOT_A_PARTY 403,
    NO_AWARD, NOT_CONFIRMED 409, the codes of a refused statement 422; Refusal ALREADY_SIGNED.
    """
    side = side_of(house, lot, actor)
    if side is None:
        raise AwardError("NOT_A_PARTY", 403)
    _, known = confirmation_statement(house, lot, side)
    checked = verified(house, lot, actor, "confirmation", signed, known, house.now())

    def also(conn: Connection, _answer: Answer) -> None:
        conn.execute(insert(Evidence), [checked.row])

    def work(arrival: datetime) -> Work:
        command = c.SignConfirmation(
            arrival=arrival,
            side=side,
            document=known["document"],
            statement=checked.statement.digest,
        )
        return Work(lot.id, command, also=also)

    return lots.act(house, lot.id, work)


def _confirmed(house: House, lot: Lot) -> tuple[Award, Acts, e.Recorded]:
    award = required(house, lot)
    acts = acts_of(lot)
    if acts.confirmed is None or acts.voided is not None:
        raise AwardError("NOT_CONFIRMED")
    return award, acts, acts.confirmed


def _facts(lot: Lot) -> tuple[Notice, LotFacts]:
    notice = notice_from_dict(lot.notice.facts)
    facts = notice.lot(lot.code)
    assert facts is not None
    return notice, facts


def _confirmation_facts(house: House, lot: Lot, number: str) -> DealConfirmationFacts:
    assert lot.price_fen is not None
    assert lot.ended_at is not None
    assert lot.listing_until is not None
    notice, facts = _facts(lot)
    rules = profile_of(lot)
    return DealConfirmationFacts(
        edition=Edition(lot.kind),
        number=number,
        notice_number=notice.number,
        grantor=notice.grantor,
        agency=notice.agency,
        lot_code=lot.code,
        location=facts.parcel.location,
        listing_start=rules.listing_from,
        listing_end=lot.listing_until,
        winner=winner_of(house, lot).name,
        plate=lot.leader or "",
        joint_parties=_joint_parties(house, lot),
        new_company=None,
        total_area_mm2=facts.parcel.area_mm2,
        granted_area_mm2=facts.parcel.area_mm2,
        price_fen=lot.price_fen,
        deposit_fen=rules.deposit_fen,
        deal_at=lot.ended_at,
        earnest_cap_percent=rules.earnest_cap_percent,
        contract_workdays=rules.contract_workdays,
        copies=COPIES,
        made_on=beijing_date(lot.ended_at),
    )


def _joint_parties(house: House, lot: Lot) -> tuple[JointParty, ...]:
    """Every party of a joint application with its share, lead first; none of a single one."""
    parties = parties_of(house, lot)
    if len(parties) < 2:
        return ()
    return tuple(JointParty(str(p["name"]), int(p["share_bp"])) for p in parties)


def _final_head(lot: Lot, acts: Acts) -> Checkpoint:
    """The first signed head that covers the end of bidding: later acts do not change it."""
    assert acts.ended is not None
    signed = journal.checkpoint(db.session.connection(), lot.log_id, size=acts.ended.seq)
    assert signed is not None
    return Checkpoint.parse(split(signed[1])[0])


def _with_head(paper: Paper, head: Checkpoint) -> Paper:
    """The paper with size and root of the log's head at the end: whoever keeps it can find out
    that a bid was later taken away or added."""
    line = (
        f"交易记录：至竞价结束共{head.size}条，记录根值（SHA-256）{head.root.hex()}。"
        "下载本宗地公开的记录簿，以前述条数重新计算根值，即可核对。"
    )
    paper = replace(paper, notes=(*paper.notes, line), check_code=check_code(head))
    return with_digest(paper) if paper.content_sha256 else paper


def paper_of(content: bytes) -> Paper:
    """A paper from its `content_bytes`: without signatures, digest and check code."""
    told = json.loads(content)
    rows = tuple(Row(label, value, Mark(mark)) for label, value, mark in told.pop("rows"))
    edition = Edition(told.pop("edition"))
    texts: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in told.items()}
    return Paper(edition=edition, rows=rows, **texts)


def _signature(house: House, acts: Acts, side: str, party: str, name: str) -> Signature:
    record = acts.signed.get(side)
    if record is None:
        return Signature(party, name)
    assert isinstance(record.event, e.ConfirmationSigned)
    kept = evidence.opened(house, record.event.statement)
    assert kept is not None
    body = str(kept["body"]).encode("ascii")
    fields = st.parse(str(kept["purpose"]), body).fields
    return Signature(party, name, full_instant_text(record.arrival), fields["cert"])


def _number(house: House, kind: str) -> str:
    """A random number for a document: running ones would tell how many deals there are."""
    return f"{kind}-{identifier(house.random)[:10].upper()}"
