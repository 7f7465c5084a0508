"""What the award pages share: who may see what, and how a refusal is told."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.core.reasons import Refusal
from auction.pki.statement import Signed, StatementError
from auction.presenting import awards as wording
from auction.presenting.said import Said
from auction.services import awards
from auction.services.awards import AwardError, Filed, Part
from auction.services.house import current_house
from auction.services.people import Actor
from auction.store.sales import Lot
from auction.store.seats import Award
from auction.web.errors import problem
from auction.web.sessions import current_actor

bp = Blueprint("awards", __name__)


def signed_in() -> Actor:
    """Who is signed in; the guards have let nobody else through."""
    actor = current_actor()
    assert actor is not None
    return actor


def award_of(lot: Lot) -> Award:
    """The lot's award. AwardError(NO_AWARD)."""
    award = awards.ensure(current_house(), lot)
    if award is None:
        raise AwardError("NO_AWARD")
    return award


def crumbs(lot: Lot, *pages: tuple[str, str]) -> list[dict[str, Any]]:
    """The way to a page of this lot's award: the reader's desk, the award, then `pages` (label,
    address)."""
    bidder = signed_in().is_bidder
    desk = (_("工作台"), "bidder.home") if bidder else (_("今日事项"), "office.home")
    award = (_("成交办理"), "awards.winner") if bidder else (_("资格后审"), "awards.examine")
    way = [
        {"label": desk[0], "url": url_for(desk[1])},
        {
            "label": _("%(what)s · %(code)s", what=award[0], code=lot.code),
            "url": url_for(award[1], ref=lot),
        },
    ]
    return way + [{"label": label, "url": url} for label, url in pages]


def signer() -> dict[str, Any]:
    """With which certificate the signed-in person signs: his session's."""
    return {"handle": signed_in().fingerprint}


def require_party(lot: Lot) -> None:
    """Only the highest bidder and examiners who have opened his identity. AwardError."""
    actor = signed_in()
    award = award_of(lot)
    if actor.is_bidder:
        if awards.part_of(current_house(), lot, actor) is not Part.HIGHEST:
            raise AwardError("NOT_A_PARTY", 403)
    elif actor.officer_id not in award.opened_by:
        raise AwardError("IDENTITY_SEALED", 403)


def answer_signed(act: Callable[[Signed], object], next_url: str) -> ResponseReturnValue:
    """Carry out what a signed statement asks for; the answer is JSON for the signing script."""
    try:
        payload = request.get_json(silent=True)
        act(Signed.from_transport(payload if isinstance(payload, dict) else {}))
    except (AwardError, Refusal, StatementError, TimeoutError) as error:
        code, status, said = told(error)
        return jsonify(code=code, title=said.title, body=said.body), status
    return jsonify(next=next_url)


def told(error: Exception) -> tuple[str, int, Said]:
    """Code, HTTP status and sentence of what went wrong."""
    match error:
        case AwardError():
            return error.code, error.status, wording.explain(error.code, error.facts)
        case Refusal():
            return error.code, 409, wording.explain(error.code, error.facts)
        case StatementError():
            return str(error.code), 422, wording.explain(str(error.code))
    return "OUTCOME_UNKNOWN", 503, wording.explain("OUTCOME_UNKNOWN")


def refused(error: AwardError) -> ResponseReturnValue:
    said = wording.explain(error.code, error.facts)
    return problem(error.status, error.code, said.title, said.body)


def download(paper: Filed) -> Response:
    """A paper as a file to save: never shown inside this site, whatever it holds."""
    response = Response(awards.content_of(current_house(), paper), mimetype=paper.media)
    response.headers.set("Content-Disposition", "attachment", filename=paper.name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
