"""What follows the highest bid: papers, two officers, deal documents, publication (rules 2.8)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from bidders import demo_house, publish_44
from factories import PUBLISHED, beijing, wan
from sold import JPEG, PDF, PNG, Officer, Sold, on_sale, sell
from sqlalchemy import select

from auction.core import events as e
from auction.core.reasons import Refusal
from auction.core.state import Stage
from auction.documents.paper import with_digest
from auction.ledger import canonical
from auction.ledger.checkpoint import Checkpoint, check_code
from auction.ledger.notes import split
from auction.pki.statement import Signed
from auction.services import awards, evidence, refunds
from auction.services.awards import AwardError, Part, Proposal
from auction.store import journal
from auction.store.base import db
from auction.store.logs import LogEntry
from auction.store.sales import SaleKind
from auction.store.seats import Award, Credit, Paper
from auction.trading.time import DrivenClock


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(PUBLISHED)


@pytest.fixture
def listed(tmp_path: Path, clock: DrivenClock) -> Iterator[Callable[..., Sold]]:
    with demo_house(tmp_path, clock) as house:
        yield lambda kind=SaleKind.REAL: on_sale(house, clock, publish_44(house, kind).id)


@pytest.fixture
def sale(tmp_path: Path, clock: DrivenClock) -> Iterator[Sold]:
    with demo_house(tmp_path, clock) as house:
        yield sell(house, clock, publish_44(house).id)


def code_of(act: Callable[..., object], *args: object, **named: object) -> tuple[str, int]:
    with pytest.raises(AwardError) as told:
        act(*args, **named)
    return told.value.code, told.value.status


def leaves(kind: str) -> list[dict[str, object]]:
    query = select(LogEntry.leaf).where(LogEntry.type == kind).order_by(LogEntry.seq)
    return [canonical.decode(leaf) for leaf in db.session.scalars(query)]


# --- the award ------------------------------------------------------------------------------


def test_before_the_end_there_is_no_award(listed: Callable[..., Sold]) -> None:
    sale = listed()
    assert awards.ensure(sale.house, sale.lot) is None
    assert code_of(
        awards.propose, sale.house, sale.lot, sale.drafter.actor, Proposal.SUFFICIENT
    ) == ("NO_AWARD", 409)


def test_the_award_is_made_once_with_papers_due_on_saturday_at_24(sale: Sold) -> None:
    first = awards.ensure(sale.house, sale.lot)
    assert first is not None
    assert first.papers_due == beijing(11, 17, 0, 0)
    awards.ensure(sale.house, sale.lot)
    assert len(list(db.session.scalars(select(Award)))) == 1


def test_only_the_plate_with_which_bidding_ended_is_highest(sale: Sold) -> None:
    house = sale.house
    assert awards.part_of(house, sale.lot, sale.winner.actor) is Part.HIGHEST
    assert awards.part_of(house, sale.lot, sale.loser.actor) is Part.OTHER
    assert awards.part_of(house, sale.lot, sale.drafter.actor) is None
    assert awards.winner_of(house, sale.lot).name == sale.winner.person.name


def test_a_fifth_of_the_price_is_earnest_money_and_the_rest_an_advance(sale: Sold) -> None:
    split_of = awards.split_of(sale.lot)
    assert split_of.earnest_fen == wan(1649) // 5
    assert split_of.earnest_fen + split_of.advance_fen == wan(775)
    assert split_of.rest_fen == wan(1649 - 775)


# --- papers ---------------------------------------------------------------------------------


def test_a_paper_is_kept_sealed_with_its_digest(sale: Sold) -> None:
    name = "青海演练公司 营业执照.pdf"
    kept = awards.add_paper(sale.house, sale.lot, sale.winner.actor, "identity", name, PDF)
    assert (kept.name, kept.media, kept.size) == (name, "application/pdf", len(PDF))
    assert awards.content_of(sale.house, kept) == PDF
    row = db.session.get_one(Paper, kept.id)
    assert PDF not in row.sealed_content
    assert "营业执照".encode() not in row.sealed_name


@pytest.mark.parametrize(("content", "media"), [(PNG, "image/png"), (JPEG, "image/jpeg")])
def test_the_type_is_what_the_content_shows(sale: Sold, content: bytes, media: str) -> None:
    kept = awards.add_paper(sale.house, sale.lot, sale.winner.actor, "identity", "a.pdf", content)
    assert kept.media == media


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ("PAPER_EMPTY", 422)),
        (b"MZ" + bytes(100), ("PAPER_TYPE", 422)),
        (b"<html>%PDF-1.4 %%EOF", ("PAPER_TYPE", 422)),
        (b"%PDF-1.4 cut off", ("PAPER_TYPE", 422)),
        (PDF.ljust(awards.LIMIT_BYTES + 1), ("PAPER_TOO_LARGE", 413)),
    ],
    ids=["empty", "program", "page", "cut", "large"],
)
def test_what_cannot_be_filed_is_refused_with_its_reason(
    sale: Sold, content: bytes, expected: tuple[str, int]
) -> None:
    args = (sale.house, sale.lot, sale.winner.actor, "identity", "a.pdf", content)
    assert code_of(awards.add_paper, *args) == expected
    assert not awards.current_papers(sale.house, sale.lot)


def test_nobody_else_files_papers(sale: Sold) -> None:
    for actor in (sale.loser.actor, sale.drafter.actor):
        args = (sale.house, sale.lot, actor, "identity", "a.pdf", PDF)
        assert code_of(awards.add_paper, *args) == ("NOT_HIGHEST", 403)


def test_an_upload_replaces_the_one_before_until_it_is_signed_for(sale: Sold) -> None:
    sale.upload()
    sale.upload("identity")
    assert len(list(db.session.scalars(select(Paper)))) == len(awards.PAPERS)
    sale.file()
    sale.upload("identity")
    assert len(list(db.session.scalars(select(Paper)))) == len(awards.PAPERS) + 1
    assert [p.filed for p in awards.current_papers(sale.house, sale.lot)].count(False) == 1
    assert all(p.filed for p in awards.filed_papers(sale.house, sale.lot))
    sale.file()
    assert all(p.filed for p in awards.current_papers(sale.house, sale.lot))
    assert len(awards.filed_papers(sale.house, sale.lot)) == len(awards.PAPERS)


def test_papers_are_filed_by_one_signature_over_every_digest(sale: Sold) -> None:
    sale.upload()
    sale.file()
    award = awards.ensure(sale.house, sale.lot)
    assert award is not None
    assert award.filed_at == sale.clock.now()
    assert award.filing is not None
    kept = evidence.opened(sale.house, award.filing)
    assert kept is not None
    for paper in awards.filed_papers(sale.house, sale.lot):
        assert paper.digest in str(kept["body"])
    assert len(leaves("papers_filed")) == 1


def test_an_incomplete_set_is_not_filed(sale: Sold) -> None:
    sale.upload("application", "identity")
    asked = awards.papers_statement(sale.house, sale.lot)
    args = (sale.house, sale.lot, sale.winner.actor, sale.sign(sale.winner, asked))
    with pytest.raises(AwardError) as told:
        awards.file_papers(*args)
    assert told.value.code == "PAPERS_INCOMPLETE"
    assert told.value.facts["missing"] == "representative,authorisation,payment"


def test_a_signature_over_other_papers_files_nothing(sale: Sold) -> None:
    sale.upload()
    stale = sale.sign(sale.winner, awards.papers_statement(sale.house, sale.lot))
    awards.add_paper(sale.house, sale.lot, sale.winner.actor, "identity", "new.png", PNG)
    args = (sale.house, sale.lot, sale.winner.actor, stale)
    assert code_of(awards.file_papers, *args) == ("STATEMENT_MISMATCH", 422)


def test_papers_come_in_time_until_24_and_late_from_then_on(sale: Sold) -> None:
    due = beijing(11, 17, 0, 0)
    sale.clock.move_to(due - timedelta(microseconds=1))
    sale.upload()
    sale.clock.move_to(due)
    args = (sale.house, sale.lot, sale.winner.actor)
    signed = sale.sign(sale.winner, awards.papers_statement(sale.house, sale.lot))
    assert code_of(awards.file_papers, *args, signed) == ("PAPERS_LATE", 409)
    assert code_of(awards.add_paper, *args, "identity", "a.pdf", PDF) == ("PAPERS_LATE", 409)


def test_under_examination_papers_stand_still(sale: Sold) -> None:
    sale.upload()
    sale.file()
    sale.propose(Proposal.SUFFICIENT)
    args = (sale.house, sale.lot, sale.winner.actor, "identity", "a.pdf", PDF)
    assert code_of(awards.add_paper, *args) == ("UNDER_EXAMINATION", 409)
    awards.send_back(sale.house, sale.lot, sale.approver.actor)
    awards.add_paper(*args)


# --- examination ----------------------------------------------------------------------------


def test_opening_the_identity_stands_in_the_register_once_for_each_officer(sale: Sold) -> None:
    for actor in (sale.drafter.actor, sale.drafter.actor, sale.approver.actor):
        awards.open_identity(sale.house, sale.lot, actor)
    told = [leaf["data"] for leaf in leaves("identity_opened")]
    assert [data["by"] for data in told] == ["drafter", "approver"]
    assert sale.winner.person.name not in str(told)


def test_two_officers_make_the_award_and_both_stand_in_the_log(sale: Sold) -> None:
    sale.award()
    assert sale.lot.stage == Stage.CONFIRMED
    confirmed = awards.acts_of(sale.lot).confirmed
    assert confirmed is not None
    assert isinstance(confirmed.event, e.AwardConfirmed)
    assert confirmed.event.by == ("drafter", "approver")
    assert len(leaves("award_proposed")) == 1
    assert len(leaves("identity_opened")) == 2


def test_who_proposed_cannot_confirm(sale: Sold) -> None:
    sale.upload()
    sale.file()
    sale.propose(Proposal.SUFFICIENT)
    assert code_of(awards.confirm, sale.house, sale.lot, sale.drafter.actor) == (
        "TWO_PERSONS_NEEDED",
        403,
    )
    assert sale.lot.stage == Stage.AWARD_PENDING


def test_nothing_is_confirmed_that_nobody_proposed(sale: Sold) -> None:
    args = (sale.house, sale.lot, sale.approver.actor)
    assert code_of(awards.confirm, *args) == ("NO_PROPOSAL", 409)
    assert code_of(awards.send_back, *args) == ("NO_PROPOSAL", 409)


def test_only_examiners_examine(sale: Sold) -> None:
    finance = Officer.enrolled(sale.house, "finance")
    for actor in (finance.actor, sale.winner.actor):
        args = (sale.house, sale.lot, actor)
        assert code_of(awards.open_identity, *args) == ("NOT_AN_EXAMINER", 403)
        assert code_of(awards.propose, *args, Proposal.SUFFICIENT) == ("NOT_AN_EXAMINER", 403)
        assert code_of(awards.confirm, *args) == ("NOT_AN_EXAMINER", 403)
        assert code_of(awards.publish_result, *args) == ("NOT_AN_EXAMINER", 403)


@pytest.mark.parametrize(
    ("proposal", "why", "expected"),
    [
        (Proposal.SUFFICIENT, {}, ("PAPERS_NOT_THERE", 409)),
        (Proposal.VOID, {"note": "x"}, ("GROUND_UNKNOWN", 422)),
        (Proposal.VOID, {"ground": "MOOD", "note": "x"}, ("GROUND_UNKNOWN", 422)),
        (Proposal.VOID, {"ground": "NOT_ELIGIBLE", "note": "  "}, ("NOTE_MISSING", 422)),
        (Proposal.VOID, {"ground": "NOT_ELIGIBLE", "note": "x" * 2001}, ("NOTE_TOO_LONG", 422)),
        (Proposal.VOID, {"ground": "PAPERS_NOT_FILED", "note": "x"}, ("PAPERS_STILL_DUE", 409)),
    ],
)
def test_an_opinion_needs_its_reasons(
    sale: Sold, proposal: Proposal, why: dict[str, str], expected: tuple[str, int]
) -> None:
    args = (sale.house, sale.lot, sale.drafter.actor, proposal)
    assert code_of(awards.propose, *args, **why) == expected
    assert not leaves("award_proposed")


def test_papers_that_are_there_are_not_missing(sale: Sold) -> None:
    sale.upload()
    sale.file()
    sale.clock.move_to(beijing(11, 18, 9, 0))
    args = (sale.house, sale.lot, sale.drafter.actor, Proposal.VOID)
    why = {"ground": "PAPERS_NOT_FILED", "note": "x"}
    assert code_of(awards.propose, *args, **why) == ("PAPERS_THERE", 409)


def test_one_opinion_at_a_time(sale: Sold) -> None:
    sale.upload()
    sale.file()
    sale.propose(Proposal.SUFFICIENT)
    args = (sale.house, sale.lot, sale.approver.actor, Proposal.SUFFICIENT)
    assert code_of(awards.propose, *args) == ("PROPOSAL_EXISTS", 409)


def test_reasons_in_words_stay_sealed(sale: Sold) -> None:
    note = f"{sale.winner.person.name}的执照已注销"
    sale.propose(Proposal.VOID, ground="NOT_ELIGIBLE", note=note)
    sale.confirm()
    award = awards.ensure(sale.house, sale.lot)
    assert award is not None
    assert awards.note_of(sale.house, sale.lot, award) == note
    everything = b"".join(db.session.scalars(select(LogEntry.leaf)))
    assert sale.winner.person.name.encode() not in everything


# --- vector 15 ------------------------------------------------------------------------------


def test_vector_15_who_fails_the_papers_loses_the_award_by_two_persons(sale: Sold) -> None:
    sale.clock.move_to(beijing(11, 18, 9, 0))
    sale.propose(Proposal.VOID, ground="PAPERS_NOT_FILED", note="期限内未提交任何资料。")
    sale.clock.advance(hours=3)
    sale.confirm()
    assert sale.lot.stage == Stage.AWARD_VOID
    acts = awards.acts_of(sale.lot)
    assert acts.voided is not None
    assert isinstance(acts.voided.event, e.AwardVoided)
    assert acts.voided.event.by == ("drafter", "approver")
    assert acts.void_ground == "PAPERS_NOT_FILED"
    # Five working days from the original end on Monday 11-11: until Monday 11-18, 24:00.
    assert awards.refunds_due(sale.lot) == beijing(11, 19, 0, 0)
    # The winner's deposit is not touched: what becomes of it, two people decide.
    (refund,) = refunds.of_lot(sale.house, sale.lot)
    assert refund.payer_name == sale.loser.person.name
    assert refund.due == beijing(11, 19, 0, 0)
    assert all(credit.refunded_at is None for credit in db.session.scalars(select(Credit)))
    # Nobody moves up: the lot has no price to be signed for any more.
    assert awards.part_of(sale.house, sale.lot, sale.loser.actor) is Part.OTHER
    assert code_of(awards.confirmation_paper, sale.house, sale.lot) == ("NOT_CONFIRMED", 409)


def test_a_winner_who_refuses_to_sign_loses_a_confirmed_award(sale: Sold) -> None:
    sale.award()
    sale.propose(Proposal.VOID, ground="REFUSED_TO_SIGN", note="书面拒签。")
    sale.confirm()
    assert sale.lot.stage == Stage.AWARD_VOID
    assert code_of(awards.notice_paper, sale.house, sale.lot) == ("NOT_CONFIRMED", 409)


def test_who_has_signed_did_not_refuse_to_sign(sale: Sold) -> None:
    sale.award()
    sale.sign_confirmation(sale.winner)
    args = (sale.house, sale.lot, sale.drafter.actor, Proposal.VOID)
    why = {"ground": "REFUSED_TO_SIGN", "note": "书面拒签。"}
    assert code_of(awards.propose, *args, **why) == ("WINNER_HAS_SIGNED", 409)


# --- documents ------------------------------------------------------------------------------


def test_there_are_no_deal_documents_before_the_examination(sale: Sold) -> None:
    sale.upload()
    sale.file()
    for paper in (awards.notice_paper, awards.confirmation_paper):
        assert code_of(paper, sale.house, sale.lot) == ("NOT_CONFIRMED", 409)


def test_the_deal_documents_state_size_root_and_check_code_of_the_head_at_the_end(
    sale: Sold,
) -> None:
    lot = sale.lot
    ended = awards.acts_of(lot).ended
    assert ended is not None
    note = journal.checkpoint(db.session.connection(), lot.log_id, size=ended.seq)
    assert note is not None
    head = Checkpoint.parse(split(note[1])[0])
    sale.award()
    for paper in (
        awards.notice_paper(sale.house, sale.lot),
        awards.confirmation_paper(sale.house, sale.lot),
    ):
        assert paper.check_code == check_code(head)
        text = "".join(paper.notes)
        assert f"共{head.size}条" in text
        assert head.root.hex() in text


def test_the_deal_notice_states_what_happened_and_what_to_bring(sale: Sold) -> None:
    sale.award()
    paper = awards.notice_paper(sale.house, sale.lot)
    rows = {row.label: row.value for row in paper.rows}
    assert paper.addressee == sale.winner.person.name
    assert rows["成交总价"] == "1,649万元"
    assert rows["成交时间"] == "2024年11月11日（周一）14:35:00"
    assert rows["资料提交期限"] == "2024年11月16日（周六）（含当日）前"
    assert len(paper.points) == len(awards.PAPERS)


def test_both_sides_sign_the_same_text_and_the_log_says_so(sale: Sold) -> None:
    sale.award()
    before = awards.confirmation_paper(sale.house, sale.lot)
    assert all(not signature.signed_at for signature in before.signatures)
    sale.sign_confirmation(sale.winner)
    sale.clock.advance(minutes=5)
    sale.sign_confirmation(sale.approver)
    after = awards.confirmation_paper(sale.house, sale.lot)
    assert after.content_sha256 == before.content_sha256
    grantor, winner = after.signatures
    assert grantor.certificate == sale.approver.actor.fingerprint
    assert winner.certificate == sale.winner.actor.fingerprint
    signed = awards.acts_of(sale.lot).signed
    for record in signed.values():
        assert isinstance(record.event, e.ConfirmationSigned)
        assert record.event.document == before.content_sha256
        assert evidence.opened(sale.house, record.event.statement) is not None


def test_a_side_signs_once(sale: Sold) -> None:
    sale.award()
    sale.sign_confirmation(sale.winner)
    with pytest.raises(Refusal) as told:
        sale.sign_confirmation(sale.winner)
    assert told.value.code == "ALREADY_SIGNED"


def test_only_the_winner_and_the_approver_sign(sale: Sold) -> None:
    sale.award()
    signed: Signed = sale.sign(
        sale.loser, awards.confirmation_statement(sale.house, sale.lot, "winner")
    )
    for actor in (sale.loser.actor, sale.drafter.actor):
        args = (sale.house, sale.lot, actor, signed)
        assert code_of(awards.sign_confirmation, *args) == ("NOT_A_PARTY", 403)


def test_a_signature_for_another_price_is_refused(sale: Sold) -> None:
    sale.award()
    purpose, fields = awards.confirmation_statement(sale.house, sale.lot, "winner")
    signed = sale.sign(sale.winner, (purpose, {**fields, "amount": str(wan(1549))}))
    args = (sale.house, sale.lot, sale.winner.actor, signed)
    assert code_of(awards.sign_confirmation, *args) == ("STATEMENT_MISMATCH", 422)


def test_what_was_drawn_up_stays_as_it_was_signed(sale: Sold) -> None:
    sale.award()
    before = awards.confirmation_paper(sale.house, sale.lot)
    assert with_digest(before) == before
    lot = sale.lot
    lot.notice.facts = {**lot.notice.facts, "agency": "另一个中心"}
    assert awards.confirmation_paper(sale.house, lot) == before


# --- publication ----------------------------------------------------------------------------


def test_a_result_is_published_after_the_confirmation_and_due_in_ten_working_days(
    sale: Sold,
) -> None:
    assert awards.result_due(sale.lot) == beijing(11, 26, 0, 0)
    with pytest.raises(Refusal) as told:
        awards.publish_result(sale.house, sale.lot, sale.drafter.actor)
    assert told.value.code == "WRONG_STAGE"
    sale.award()
    awards.publish_result(sale.house, sale.lot, sale.drafter.actor)
    assert sale.lot.stage == Stage.PUBLISHED
    sale.sign_confirmation(sale.winner)
    assert set(awards.acts_of(sale.lot).signed) == {"winner"}
