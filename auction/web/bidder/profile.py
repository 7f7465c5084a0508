"""主体与证书: what is on file of the bidder, its certificates, a spare, who has seen it."""

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.pki.statement import Signed, StatementError
from auction.presenting import enrolment as wording
from auction.presenting import signers
from auction.services import people
from auction.services.enrolment import asking, profile
from auction.services.enrolment.form import EnrolmentRefused
from auction.services.enrolment.requests import BOUND
from auction.services.house import current_house
from auction.services.sessions import signing_in
from auction.web import limits, sessions
from auction.web.bidder.common import bidder, bp, crumbs, party, payload
from auction.web.guards import BIDDER, audience


@bp.get("/profile")
@audience(BIDDER)
def profile_page() -> str:
    """Subject data (the account masked), certificates, and who has opened what was sealed."""
    house, actor = current_house(), bidder()
    held = profile.held(house, actor)
    _text, fields = profile.beside(house, actor)
    return render_template(
        "bidder/profile.html",
        details=people.party_details(house, party()),
        kind=profile.kind_of(party()),
        held=held,
        soon=profile.SOON,
        usable=sum(one.state == profile.ACTIVE for one in held),
        requests=asking.of_party(party()),
        seen=profile.seen_by(house, party()),
        fields=fields,
        known=[one.fingerprint for one in held],
        words=wording,
        card_words=signers.cards(),
        breadcrumbs=crumbs(last=_("主体与证书")),
    )


@bp.post("/profile/certificates")
@audience(BIDDER)
def add_certificate() -> ResponseReturnValue:
    """Another certificate, whose key has answered this session's challenge (JSON)."""
    limits.require(limits.SIGN_INS, "spare", sessions.connection_key())
    house, sent = current_house(), payload()
    nonce = str(sent.get("nonce", ""))
    try:
        signed = Signed.from_transport(sent)
        signing_in.consume_challenge(house, nonce, sessions.binding(), house.now())
        row = profile.add(house, bidder(), signed, nonce)
    except StatementError as error:
        return _refused(EnrolmentRefused(str(error.code), 422))
    except EnrolmentRefused as error:
        return _refused(error)
    if row.outcome == BOUND:
        flash(_("证书已登记，可以用它登录并在同一号牌下报价。"), "green")
    else:
        flash(_("登记申请已提交，等待安全管理员办理。"), "blue")
    return jsonify(next=url_for("bidder.profile_page"))


@bp.post("/profile/certificates/<credential_id>/retire")
@audience(BIDDER)
def retire_certificate(credential_id: str) -> ResponseReturnValue:
    """Take a certificate out of use at once: lost, or replaced by its renewal."""
    if request.form.get("sure") != "yes":
        flash(_("没有停用：请先勾选确认。"), "amber")
        return redirect(url_for("bidder.profile_page"))
    try:
        profile.retire(current_house(), bidder(), credential_id)
    except EnrolmentRefused as error:
        said = wording.refused(error.code)
        flash(said.title + said.body, "cinnabar")
    else:
        flash(_("证书已停用，用它登录的窗口已退出。"), "green")
    return redirect(url_for("bidder.profile_page"))


def _refused(error: EnrolmentRefused) -> ResponseReturnValue:
    said = wording.refused(error.code)
    return jsonify(code=error.code, title=said.title, body=said.body), error.status
