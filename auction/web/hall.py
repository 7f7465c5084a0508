"""The hall: the bidder's seat, the spectator's page, the screen on the wall, and what they load.

Every page is complete without a script; `state.json` and the bids' POST are the way around a
broken socket.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from auction.core.instants import from_us
from auction.core.money import MM2_PER_M2, MoneyError
from auction.core.notice_codec import notice_from_dict
from auction.core.profile import AskSilence, TimedEntry
from auction.core.state import LotState, Phase, minimum_fen, phase_at, step_fen
from auction.pki.statement import purpose_for, signed_plate
from auction.presenting import audience, bid_answers, hall, hall_words, phases, round_answers
from auction.presenting.audience import Json
from auction.presenting.figures import day_clock, unit_prices
from auction.services import bidding, lots, round_acts, seats
from auction.services.bid_desk import BidDesk
from auction.services.house import House, current_house
from auction.services.people import Actor
from auction.store.projection import state_of
from auction.store.sales import Lot
from auction.store.seats import Seat
from auction.trading.sequencer import Ticket
from auction.web import sessions
from auction.web.guards import BIDDER, PUBLIC
from auction.web.guards import audience as for_audience
from auction.web.links import LotRef, find_lot

bp = Blueprint("hall", __name__)
_DIGEST = re.compile(r"[0-9a-f]{64}")


@bp.record_once
def _offer_session(state: BlueprintSetupState) -> None:
    # Sockets come with the same cookie; only this room knows its name.
    state.app.extensions["session_token"] = sessions.token


@dataclass(frozen=True, slots=True)
class _View:
    """One reader's look at a lot."""

    lot: Lot
    state: LotState
    now: datetime
    picture: Json
    plate: str | None
    area_mm2: int | None


# --- pages ------------------------------------------------------------------------------------


@bp.get("/my/<lot:ref>/hall")
@for_audience(BIDDER)
def seat(ref: LotRef) -> ResponseReturnValue:
    """The bidder's seat, in the listing and in the live round alike."""
    lot = find_lot(ref)
    house, actor = current_house(), _bidder()
    taken = _qualified(house, lot, actor)
    if taken is None:
        flash(_("您没有本宗地的竞买资格，不能进入竞价席；您可以在这里旁观。"), "amber")
        return redirect(url_for("hall.watch", ref=lot))
    view = _view(house, lot, taken.plate)
    quoted = _quoted(view.picture, taken.plate)
    closed = hall_words.closed_because(view.state, view.now, taken.plate, quoted)
    data = _data(view) | _signing(house, view, actor) | {"closures": dict(hall_words.closures())}
    return render_template(
        "hall/seat.html",
        **_page(view),
        data=data,
        closed=hall_words.closures().get(closed or ""),
        not_quoted=_not_quoted(view, quoted),
        certificate_until=actor.not_after,
        area_m2=data["areaM2"],
    )


@bp.get("/<lot:ref>/live")
@for_audience(PUBLIC)
def watch(ref: LotRef) -> ResponseReturnValue:
    """The spectator's page."""
    lot = find_lot(ref)
    view = _view(current_house(), lot)
    return render_template(
        "hall/watch.html", **_page(view), data=_data(view), can_sit=_may_sit(lot)
    )


@bp.get("/<lot:ref>/screen")
@for_audience(PUBLIC)
def screen(ref: LotRef) -> ResponseReturnValue:
    """The display on the wall of the hall: nothing to press."""
    view = _view(current_house(), find_lot(ref))
    return render_template("hall/screen.html", **_page(view), data=_data(view))


# --- what the pages load ----------------------------------------------------------------------


@bp.get("/<lot:ref>/state.json")
@for_audience(PUBLIC)
def state(ref: LotRef) -> ResponseReturnValue:
    """The picture of the lot after record number `?after=`; a bidder's own refused bids in it."""
    lot = find_lot(ref)
    house = current_house()
    after = request.args.get("after", 0, type=int)
    own = _own_seat(house, lot)
    return jsonify(
        audience.picture(house, lot, after=max(after, 0), own=own.plate if own else None)
    )


@bp.post("/my/<lot:ref>/bids")
@for_audience(BIDDER)
def bid(ref: LotRef) -> ResponseReturnValue:
    """Place a signed bid `{body, signature, certificate}`; same answer as over the socket."""
    lot, actor, ticket, payload = _arrived(ref)
    house = current_house()
    if not isinstance(payload, dict):
        house.sequencer.withdraw(ticket)
        return jsonify(bid_answers.refusal("STATEMENT_TRANSPORT")), 422
    answer, status = bid_answers.take(
        _desk(), house, lot, actor, payload, ticket, sessions.connection_key()
    )
    return jsonify(answer), status


@bp.get("/my/<lot:ref>/bids/<statement>")
@for_audience(BIDDER)
def answer(ref: LotRef, statement: str) -> ResponseReturnValue:
    """What became of one's own signed bid (M9)."""
    lot = find_lot(ref)
    house, actor = current_house(), _bidder()
    if not _DIGEST.fullmatch(statement):
        abort(404)
    found = bidding.find_answer(house, lot, statement)
    if found is not None:
        own = _qualified(house, lot, actor)
        if own is None or getattr(found.records[-1].event, "plate", None) != own.plate:
            return jsonify(bid_answers.never_arrived()), 404
        told, status = bid_answers.verdict(lot.slug, found, statement, house.now())
        return jsonify(told), status
    arrival = _desk().arrival_of(lot, actor, statement)
    if arrival is not None:
        return jsonify(bid_answers.still_undecided(arrival)), bid_answers.QUEUED
    return jsonify(bid_answers.never_arrived()), 404


@bp.post("/my/<lot:ref>/answers")
@for_audience(BIDDER)
def declare(ref: LotRef) -> ResponseReturnValue:
    """A signed answer whether one goes on into the live round."""
    return _declared(ref, round_acts.answer)


@bp.post("/my/<lot:ref>/lottery")
@for_audience(BIDDER)
def join_lottery(ref: LotRef) -> ResponseReturnValue:
    """A signed entry to the draw at the cap."""
    return _declared(ref, round_acts.join)


def _declared(ref: LotRef, act: round_acts.Act) -> ResponseReturnValue:
    lot, actor, ticket, payload = _arrived(ref)
    house = current_house()
    answer, status = round_answers.take(
        act,
        house,
        lot,
        actor,
        payload if isinstance(payload, dict) else {},
        ticket,
        sessions.connection_key(),
    )
    return jsonify(answer), status


def _arrived(ref: LotRef) -> tuple[Lot, Actor, Ticket, Any]:
    """Who sent what to which lot, and its ticket; what is no JSON counts as None."""
    request.get_data()  # it has arrived when its last byte has
    lot = find_lot(ref)
    house, actor = current_house(), _bidder()
    ticket = bidding.arrive(house, lot)
    try:
        return lot, actor, ticket, request.get_json(silent=True)
    except BaseException:
        house.sequencer.withdraw(ticket)  # or all who arrive behind it would wait for it
        raise


@bp.get("/<lot:ref>/records/<int:number>.tlog-proof")
@for_audience(PUBLIC)
def receipt(ref: LotRef, number: int) -> ResponseReturnValue:
    """The receipt of a record: its bytes and the proof that they are in the signed log."""
    lot = find_lot(ref)
    house = current_house()
    runtime = lots.adopt(house, lot)
    if number > runtime.tree.size:  # another worker may have written it
        house.sequencer.refresh([lot.id])
    if not 0 < number <= runtime.tree.size:
        abort(404)
    recalled = house.writer.recall(runtime, number)
    own = _own_seat(house, lot)
    opened = audience.is_open(runtime.state)
    if not audience.may_see(recalled.records[0], opened=opened, own=own.plate if own else None):
        abort(404)
    response = make_response(recalled.receipts[0].to_text())
    response.mimetype = "text/plain"
    name = f"{lot.slug}-{number}.tlog-proof"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


# --- the pieces of a page ---------------------------------------------------------------------


def _view(house: House, lot: Lot, plate: str | None = None) -> _View:
    picture = audience.picture(house, lot, own=plate)
    now = from_us(picture["now_us"])
    facts = notice_from_dict(lot.notice.facts)
    area = next((one.parcel.area_mm2 for one in facts.lots if one.parcel.code == lot.code), None)
    return _View(lot, state_of(lot), now, picture, plate, area)


def _page(view: _View) -> dict[str, Any]:
    """What every page of the hall shows before a script runs."""
    lot, state = view.lot, view.state
    price = state.terms.start_fen if state.price_fen is None else state.price_fen
    phase = phase_at(state, view.now)
    lines = _lines(price, view.area_mm2, state.terms.start_fen)
    bids = [r for r in view.picture["records"] if r["kind"] == "bid"]
    leading: str | None = None
    if view.plate is not None and state.leader is not None and state.ended_at is None:
        leading = "leading" if state.leader == view.plate else "outbid"
    return {
        "lot": lot,
        "sale_kind": lot.kind,
        "place": _place(lot),
        "phase": str(phase),
        "price_fen": price,
        "price_label": _price_label(state),
        "price_lines": lines,
        "position": leading,
        "minimum_fen": minimum_fen(state),
        "step_fen": step_fen(state),
        "until": audience.counts_to(state, view.now),
        "counting": phase in _COUNTING,
        "restarts": state.restarts if phase is Phase.LIVE else 0,
        "rows": _rows(view.picture["records"], view.plate),
        "points": _points(bids, view.plate),
        "sealed": sum(r["kind"] == "sealed" for r in view.picture["records"]),
        "start_fen": state.terms.start_fen,
        "seq": view.picture["seq"],
        "check_code": view.picture["head"]["check_code"],
        "read_line": hall_words.read_line(
            state,
            view.now,
            len(bids),
            lines,
            hall_words.standing(state, view.plate),
            phases.word(phase),
        ),
        "plate": view.plate,
        "links": _links(lot),
        "breadcrumbs": [
            {"label": _("首页"), "url": url_for("public.home")},
            {"label": _("宗地"), "url": url_for("public.lots")},
            {"label": lot.code, "url": _url("public.lot", lot)},
            {"label": _("竞价席") if view.plate else _("旁观席"), "url": None},
        ],
    }


_COUNTING = (
    *(Phase.ANNOUNCED, Phase.LISTING, Phase.FREEZE, Phase.CLOSING, Phase.ASK),
    *(Phase.PREP, Phase.LIVE, Phase.ADJOURNED, Phase.SECOND_STAGE),
)


def _data(view: _View) -> Json:
    """What the script needs, once."""
    lot, terms = view.lot, view.state.terms
    return {
        "lot": lot.slug,
        "practice": lots.is_practice(lot),
        "plate": view.plate,
        "areaM2": None if view.area_mm2 is None else _m2(view.area_mm2),
        "startFen": terms.start_fen,
        "selfOutbid": terms.self_outbid,
        "quotedOnly": terms.timed_entry is TimedEntry.QUOTED_ONLY,
        "silenceIsIn": terms.ask_silence is AskSilence.IN,
        "capFen": terms.cap_fen,
        "confirmSteps": terms.confirm_over_steps,
        "confirmPercent": terms.confirm_over_percent,
        "warnAt": list(terms.warn_at_seconds),
        "prepSeconds": terms.resume_prep_seconds,
        "countdownSeconds": terms.countdown_seconds,
        "stateUrl": url_for("hall.state", ref=lot),
        "receiptUrl": url_for("hall.receipt", ref=lot, number=0),
        "socketPath": f"{request.script_root}/socket.io",
        "picture": view.picture,
        "messages": dict(hall.templates()),
        "words": dict(hall_words.words(terms)),
        "markers": dict(hall_words.markers()),
        "grounds": dict(hall_words.grounds()),
        "phases": {str(phase): phases.word(phase) for phase in Phase},
    }


def _signing(house: House, view: _View, actor: Actor) -> Json:
    lot = view.lot
    return {
        "aud": house.site.origin,
        "rules": lot.rules,
        "purpose": purpose_for("bid", practice=lots.is_practice(lot)),
        "signedPlate": signed_plate(view.plate or ""),
        "currency": bidding.CURRENCY,
        "handle": actor.fingerprint,
        "bidUrl": url_for("hall.bid", ref=lot),
        "declareUrl": url_for("hall.declare", ref=lot),
        "lotteryUrl": url_for("hall.join_lottery", ref=lot),
        "answerUrl": url_for("hall.answer", ref=lot, statement="STATEMENT"),
        "signInUrl": url_for("auth.sign_in", next=request.path),
        "sessionUrl": url_for("auth.session_state", next=request.path),
        "csrf": generate_csrf(),
    }


def _price_label(state: LotState) -> str:
    if state.price_fen is None:
        return _("起始价")
    return _("现价") if state.ended_at is None else _("最高报价")


def _rows(records: list[Json], plate: str | None) -> list[Json]:
    """Rows of the record table, newest first."""
    rows: list[Json] = []
    price: int | None = None
    for record in records:
        if record["kind"] == "marker":
            rows.append({"kind": "marker", "text": hall_words.marker(record)})
        elif record["kind"] in ("bid", "refused", "unheard"):
            fen, accepted = record["amount_fen"], record["kind"] == "bid"
            rows.append(
                {
                    "kind": "bid" if accepted else "refused",
                    "no": record["seq"],
                    "at": from_us(record["at_us"]),
                    "plate": record["plate"],
                    "fen": fen,
                    "raise_fen": None if price is None else fen - price,
                    "own": record["plate"] == plate,
                }
            )
            price = fen if accepted else price
    return rows[::-1]


def _points(bids: list[Json], plate: str | None) -> list[Json]:
    return [
        {
            "no": record["seq"],
            "at": from_us(record["at_us"]),
            "fen": record["amount_fen"],
            "plate": record["plate"],
            "own": record["plate"] == plate,
        }
        for record in bids
    ]


def _lines(price: int, area_mm2: int | None, start_fen: int) -> list[str]:
    if area_mm2 is None:
        return []
    try:
        return unit_prices(price, area_mm2, start_fen)
    except MoneyError:
        return []


def _not_quoted(view: _View, quoted: bool) -> Any:
    """The amber line of B-1, from qualification to the close of the listing."""
    listing = phase_at(view.state, view.now) in (Phase.ANNOUNCED, Phase.LISTING, Phase.FREEZE)
    until = view.state.listing_until
    only_quoters = view.state.terms.timed_entry is TimedEntry.QUOTED_ONLY
    if quoted or not listing or until is None or not only_quoters:
        return None
    return hall.not_quoted_yet(until=day_clock(until))


def _quoted(picture: Json, plate: str) -> bool:
    return any(r["kind"] == "bid" and r["plate"] == plate for r in picture["records"])


def _place(lot: Lot) -> str:
    facts = notice_from_dict(lot.notice.facts)
    return next((one.parcel.location for one in facts.lots if one.parcel.code == lot.code), "")


def _links(lot: Lot) -> list[dict[str, str]]:
    wanted = (
        ("public.rules", _("本场规则")),
        ("public.lot", _("宗地")),
        ("public.documents", _("出让文件")),
        ("hall.screen", _("大屏")),
    )
    found = ((label, _url(endpoint, lot)) for endpoint, label in wanted)
    return [{"label": label, "url": url} for label, url in found if url]


def _url(endpoint: str, lot: Lot) -> str | None:
    return url_for(endpoint, ref=lot) if endpoint in current_app.view_functions else None


def _m2(area_mm2: int) -> str:
    whole, rest = divmod(area_mm2, MM2_PER_M2)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")


# --- who asks ---------------------------------------------------------------------------------


def _bidder() -> Actor:
    actor = sessions.current_actor()
    assert actor is not None
    assert actor.party_id is not None
    return actor


def _own_seat(house: House, lot: Lot) -> Seat | None:
    actor = sessions.current_actor()
    if actor is None or actor.party_id is None:
        return None
    return _qualified(house, lot, actor)


def _qualified(house: House, lot: Lot, actor: Actor) -> Seat | None:
    assert actor.party_id is not None
    found = seats.seat_of(house, lot, actor.party_id)
    return found if found is not None and found.qualified_at is not None else None


def _may_sit(lot: Lot) -> bool:
    return _own_seat(current_house(), lot) is not None


def _desk() -> BidDesk:
    desk: BidDesk = current_app.extensions["bid_desk"]
    return desk
