"""《成交通知书》 and 《成交确认书》: to read, to sign, to print."""

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.pki.statement import Signed
from auction.services import awards
from auction.services.awards import AwardError
from auction.services.house import current_house
from auction.store.sales import Lot
from auction.web.awards.common import (
    answer_signed,
    bp,
    crumbs,
    refused,
    require_party,
    signed_in,
    signer,
)
from auction.web.guards import BIDDER, OFFICE, audience
from auction.web.links import LotRef, find_lot


@bp.get("/awards/<lot:ref>/notice")
@audience(BIDDER, *OFFICE)
def deal_notice(ref: LotRef) -> ResponseReturnValue:
    """《成交通知书》 to print."""
    lot = find_lot(ref)
    try:
        require_party(lot)
        doc = awards.notice_paper(current_house(), lot)
    except AwardError as error:
        return refused(error)
    return render_template(
        "awards/deal_notice.html",
        doc=doc,
        links=_around(lot),
        breadcrumbs=crumbs(lot, (_("成交通知书"), "")),
    )


@bp.get("/awards/<lot:ref>/confirmation")
@audience(BIDDER, *OFFICE)
def deal_confirmation(ref: LotRef) -> ResponseReturnValue:
    """《成交确认书》 to read, sign and print."""
    lot = find_lot(ref)
    house = current_house()
    try:
        require_party(lot)
        doc = awards.confirmation_paper(house, lot)
    except AwardError as error:
        return refused(error)
    side = awards.side_of(house, lot, signed_in())
    signed = awards.acts_of(lot).signed
    may_sign = side is not None and side not in signed
    statement = awards.confirmation_statement(house, lot, side) if side and may_sign else None
    return render_template(
        "awards/deal_confirmation.html",
        doc=doc,
        lot=lot,
        links=_around(lot),
        breadcrumbs=crumbs(lot, (_("成交确认书"), "")),
        side=side,
        signed=signed,
        statement=statement,
        **signer(),
    )


@bp.post("/awards/<lot:ref>/confirmation")
@audience(BIDDER, *OFFICE)
def sign_confirmation(ref: LotRef) -> ResponseReturnValue:
    """One side signs the deal confirmation."""
    lot = find_lot(ref)
    house = current_house()

    def sign(signed: Signed) -> None:
        require_party(lot)
        awards.sign_confirmation(house, lot, signed_in(), signed)

    return answer_signed(sign, url_for("awards.deal_confirmation", ref=lot))


def _around(lot: Lot) -> list[dict[str, Any]]:
    home = "awards.winner" if signed_in().is_bidder else "awards.examine"
    return [
        {"label": _("成交办理"), "url": url_for(home, ref=lot)},
        {"label": _("成交通知书"), "url": url_for("awards.deal_notice", ref=lot)},
        {"label": _("成交确认书"), "url": url_for("awards.deal_confirmation", ref=lot)},
    ]
