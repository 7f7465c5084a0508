"""The workbench over all lots, and the task list of one."""

from datetime import datetime
from typing import Any

from flask import g, render_template, url_for
from flask.typing import ResponseReturnValue

from auction.core.profile import RuleProfile, TimedEntry
from auction.core.state import phase_at
from auction.core.workdays import BEIJING
from auction.presenting import deposits as deposit_words
from auction.presenting import enrolment as enrolment_words
from auction.presenting import tasks as task_words
from auction.presenting.said import Said
from auction.presenting.tasks import TaskList
from auction.services import applications, refunds, workbench
from auction.services.enrolment import profile
from auction.services.house import current_house
from auction.services.workbench import Standing
from auction.store.projection import state_of
from auction.store.sales import SaleKind
from auction.web.bidder.common import (
    answer,
    bidder,
    bp,
    crumbs,
    hall_url,
    party,
    payload,
    signed,
    signer,
    signing,
    stands_in,
)
from auction.web.guards import BIDDER, audience
from auction.web.links import LotRef, find_lot


@bp.get("/")
@audience(BIDDER)
def home() -> str:
    """What is next and until when, across lots (`/my`)."""
    house = current_house()
    now = house.now()
    bench = workbench.bench(house, party())
    return render_template(
        "bidder/home.html",
        mine=[_line(stands) for stands in bench if stands.takes_part or stands.reading],
        offered=[_line(s) for s in bench if not (s.takes_part or s.reading)],
        messages=[
            (
                lot,
                message,
                deposit_words.verdict(
                    message.code,
                    message.facts,
                    now,
                    RuleProfile.from_dict(lot.terms).refund_due_workdays,
                ),
            )
            for lot, message in workbench.messages(house, party())
        ],
    )


@bp.get("/<lot:ref>")
@audience(BIDDER)
def tasks(ref: LotRef) -> str:
    """The task list of one lot (screen 5)."""
    stands = stands_in(ref)
    house = current_house()
    return render_template(
        "bidder/tasks.html",
        stands=stands,
        lot=stands.lot,
        phase=phase_at(state_of(stands.lot), house.now()),
        todo=task_list(stands),
        not_quoted=not_quoted(stands),
        ends_early=ends_early(stands),
        one_press=one_press(stands),
        hall=hall_url(stands.lot),
        breadcrumbs=crumbs(stands.lot),
        **signer(),
    )


def task_list(stands: Standing) -> TaskList:
    """The task list with its addresses."""
    advised = refunds.last_working_day_before(stands.terms.deposit_until)
    spare = len(_lasting()) > 1
    return task_words.tasks(stands, current_house().now(), _urls(stands).get, advised, spare=spare)


def ends_early(stands: Standing) -> Said | None:
    """CERT_ENDS_EARLY: no certificate of the bidder lasts through the day of the live round."""
    if stands.seat is None or stands.over:
        return None
    live = (stands.lot.listing_until or stands.terms.listing_until).astimezone(BEIJING).date()
    if any(until.astimezone(BEIJING).date() > live for until in _lasting()):
        return None
    return enrolment_words.ends_early(bidder().not_after.astimezone(BEIJING).date(), live)


def _lasting() -> list[datetime]:
    # Asked once for all lots of a page.
    if "lasting" not in g:
        g.lasting = profile.lasting(current_house(), party())
    found: list[datetime] = g.lasting
    return found


def not_quoted(stands: Standing) -> Said | None:
    """The amber line of B-1, from qualification to the close of the listing."""
    now, lot = current_house().now(), stands.lot
    until = lot.listing_until or stands.terms.listing_until
    waits = stands.seat is not None and stands.seat.qualified_at is not None and not stands.quoted
    entry = stands.terms.timed_entry is TimedEntry.QUOTED_ONLY
    return deposit_words.not_quoted(until) if waits and entry and now < until else None


def one_press(stands: Standing) -> dict[str, Any] | None:
    """What the script signs for 一键参加演练; None where that is not offered."""
    house, lot = current_house(), stands.lot
    if not house.site.demo or lot.kind != SaleKind.PRACTICE or stands.takes_part or stands.over:
        return None
    try:
        applications.check_open(lot, house.now())
    except applications.ApplicationRefused:
        return None
    wanted = applications.to_sign(house, lot, bidder(), applications.usual_form(house, bidder()))
    return signing(
        lot,
        ("receipt", "receipt", wanted.receipt),
        ("application", "application", wanted.application),
        form=wanted.form.decode("utf-8"),
    )


@bp.get("/<lot:ref>/join")
@audience(BIDDER)
def to_join(ref: LotRef) -> ResponseReturnValue:
    """What a program that takes part in a practice lot has to sign."""
    stands = stands_in(ref)
    wanted = one_press(stands)
    return {"to_sign": wanted, "takes_part": stands.takes_part}


@bp.post("/<lot:ref>/join")
@audience(BIDDER)
def join(ref: LotRef) -> ResponseReturnValue:
    """一键参加演练: receipt and application, signed; the demo bank pays; then the hall."""
    lot = find_lot(ref)

    def act() -> str:
        sent = payload()
        applications.join_practice(
            current_house(), lot, bidder(), signed(sent, "receipt"), signed(sent, "application")
        )
        return hall_url(lot) or url_for("bidder.tasks", ref=lot)

    return answer(act)


def _line(stands: Standing) -> dict[str, object]:
    return {
        "lot": stands.lot,
        "stands": stands,
        "phase": phase_at(state_of(stands.lot), current_house().now()),
        "todo": task_list(stands),
        "not_quoted": not_quoted(stands),
        "ends_early": ends_early(stands),
    }


def _urls(stands: Standing) -> dict[str, str | None]:
    lot, shared = stands.lot, stands.joint
    return {
        "documents": url_for("bidder.documents", ref=lot),
        "apply": url_for("bidder.apply", ref=lot),
        "joint": url_for("bidder.joint_page", joint_id=shared.draft.id) if shared else None,
        "deposit": url_for("bidder.deposit", ref=lot),
        "certificate": url_for("bidder.certificate", ref=lot),
        "hall": hall_url(lot),
        "card": url_for("bidder.live_day_card", ref=lot),
        "check": url_for("public.check"),
        "profile": url_for("bidder.profile_page"),
    }
