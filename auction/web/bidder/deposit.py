"""The deposit: account, state, what came of each credit; the papers that follow from it."""

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.core.instants import from_us
from auction.core.notice import ContactRole
from auction.documents import bidder_papers
from auction.documents.paper import Edition, Mark, Paper
from auction.presenting import deposits as wording
from auction.services import deposits, listing_documents, people, refunds
from auction.services.house import current_house
from auction.services.lots import is_practice
from auction.services.workbench import Standing
from auction.web.bidder.common import bp, crumbs, hall_url, own_seat, party, stands_in
from auction.web.bidder.home import not_quoted
from auction.web.guards import BIDDER, audience
from auction.web.links import LotRef


@bp.get("/<lot:ref>/deposit")
@audience(BIDDER)
def deposit(ref: LotRef) -> ResponseReturnValue:
    """The payee block, the state, the time line and the verdicts (B-16, B-17, M13, M14)."""
    stands = stands_in(ref)
    if stands.seat is None:
        flash(_("请先提交竞买申请，提交后生成您的专用账号。"), "amber")
        return redirect(url_for("bidder.tasks", ref=stands.lot))
    house, lot = current_house(), stands.lot
    now = house.now()
    notice, _facts = listing_documents.facts_of(lot)
    advised = refunds.last_working_day_before(stands.terms.deposit_until)
    return render_template(
        "bidder/deposit.html",
        lot=lot,
        stands=stands,
        seat=stands.seat,
        payee=notice.agency,
        bank=deposits.BANK_ZH,
        verdicts=[
            (
                credit,
                wording.verdict(
                    credit.verdict, credit.facts, now, stands.terms.refund_due_workdays
                ),
            )
            for credit in stands.credits
        ],
        caution=wording.saturday_caution(stands.terms.deposit_until, advised),
        news=deposits.bank_news(house),
        can_demo=house.site.demo and stands.seat.qualified_at is None and not stands.over,
        not_quoted=not_quoted(stands),
        hall=hall_url(lot),
        breadcrumbs=crumbs(lot, _("保证金")),
    )


@bp.post("/<lot:ref>/deposit/demo")
@audience(BIDDER)
def demo_pay(ref: LotRef) -> ResponseReturnValue:
    """演练银行：立即缴纳. Does not exist outside demo mode."""
    house = current_house()
    if not house.site.demo:
        abort(404)
    lot, seat = own_seat(ref)
    if seat.qualified_at is None:
        deposits.pay_demo(house, lot, seat)
    return redirect(url_for("bidder.deposit", ref=lot))


@bp.get("/<lot:ref>/deposit/notice")
@audience(BIDDER)
def deposit_notice(ref: LotRef) -> str:
    """竞买保证金缴纳通知书, to print."""
    lot, seat = own_seat(ref)
    house = current_house()
    notice, facts = listing_documents.facts_of(lot)
    stands = stands_in(ref)
    paper = bidder_papers.deposit_notice(
        bidder_papers.DepositNoticeFacts(
            edition=Edition(lot.kind),
            number=seat.account_number[-8:],
            notice_number=notice.number,
            lot_code=lot.code,
            location=facts.parcel.location,
            bidder=people.party_details(house, party())["name"],
            amount_fen=stands.terms.deposit_fen,
            deadline=stands.terms.deposit_until,
            payee=notice.agency,
            bank=deposits.BANK_ZH,
            account=seat.account_number,
            payer_rule=notice.terms.payer_rule,
            single_payment=stands.terms.single_payment,
            advised_by=refunds.last_working_day_before(stands.terms.deposit_until),
            issuer=notice.agency,
            issued_at=seat.applied_at.replace(microsecond=0),
        )
    )
    return _paper("deposit_notice", stands, paper)


@bp.get("/<lot:ref>/certificate")
@audience(BIDDER)
def certificate(ref: LotRef) -> str:
    """《网上竞买资格确认书》, to print; exists from the qualifying credit on."""
    lot, seat = own_seat(ref)
    credit = deposits.qualifying_credit(seat)
    if seat.qualified_at is None or seat.certificate_number is None or credit is None:
        abort(404)
    notice, facts = listing_documents.facts_of(lot)
    stands = stands_in(ref)
    number = seat.certificate_number
    paper = bidder_papers.qualification_certificate(
        bidder_papers.QualificationFacts(
            edition=Edition(lot.kind),
            number=number,
            notice_number=notice.number,
            lot_code=lot.code,
            location=facts.parcel.location,
            bidder=people.party_details(current_house(), party())["name"],
            plate=seat.plate,
            deposit_fen=stands.terms.deposit_fen,
            credited_at=from_us(int(credit.facts["credited_us"])),
            listing_start=stands.terms.listing_from,
            listing_end=stands.terms.listing_until,
            live_round_start=notice.windows.live_round_start,
            issuer=notice.agency,
            issued_at=seat.qualified_at.replace(microsecond=0),
            check_code=f"{number[:4]}-{number[4:8]}-{number[8:12]}-{number[12:]}",
        )
    )
    return _paper("qualification_certificate", stands, paper)


@bp.get("/<lot:ref>/card")
@audience(BIDDER)
def live_day_card(ref: LotRef) -> str:
    """竞价日提示卡 (B-13): the plate, never a name."""
    lot, seat = own_seat(ref)
    notice, _facts = listing_documents.facts_of(lot)
    stands = stands_in(ref)
    terms = stands.terms
    agency = notice.contact(ContactRole.AGENCY)
    paper = bidder_papers.live_day_card(
        bidder_papers.LiveDayFacts(
            edition=Edition(lot.kind),
            notice_number=notice.number,
            lot_code=lot.code,
            plate=seat.plate,
            listing_end=terms.listing_until,
            live_round_start=notice.windows.live_round_start,
            start_fen=terms.start_fen,
            step_fen=terms.step_timed_fen,
            increment_mode=terms.increment_mode,
            entry=terms.timed_entry,
            countdown_seconds=terms.countdown_seconds,
            mark=Mark.ASSUMED if is_practice(lot) else Mark.PROFILE,
            duty_phone=agency.phone if agency else "",
            issuer=notice.agency,
        )
    )
    return _paper("live_day_card", stands, paper)


def _paper(template: str, stands: Standing, paper: Paper) -> str:
    lot = stands.lot
    return render_template(
        f"documents/{template}.html",
        doc=paper,
        links=[
            {"label": _("任务单"), "url": url_for("bidder.tasks", ref=lot)},
            {"label": _("保证金"), "url": url_for("bidder.deposit", ref=lot)},
        ],
        breadcrumbs=crumbs(lot, paper.title),
    )
