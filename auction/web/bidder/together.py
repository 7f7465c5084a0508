"""A joint application: each partner sees what it would consent to, and who has signed (B-15)."""

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.presenting import applications as wording
from auction.services import applications, joint
from auction.services.applications import ApplicationForm, ApplicationRefused, Partner
from auction.services.house import current_house
from auction.services.joint import Joint
from auction.services.workbench import standing
from auction.web.bidder.applying import file_application, filled_form, to_file
from auction.web.bidder.common import (
    answer,
    bidder,
    bp,
    crumbs,
    party,
    payload,
    signed,
    signer,
    signing,
)
from auction.web.guards import BIDDER, audience


@bp.get("/joint/<joint_id>")
@audience(BIDDER)
def joint_page(joint_id: str) -> str:
    """The joint application as its lead and its partners see it."""
    shared = _found(joint_id)
    house, lot = current_house(), shared.lot
    own = to_sign = None
    if shared.leads:
        if shared.complete and not shared.filed:
            wanted = applications.to_sign(house, lot, bidder(), _form(shared))
            to_sign = to_file(standing(house, lot, party()), wanted)
    else:
        own = joint.consented_at(house, shared, bidder())
        if own is None:
            fields = {"aud": house.site.origin, "lot": lot.slug, "form": shared.form_hash}
            form = shared.form.decode("utf-8")
            to_sign = signing(lot, ("consent", "consent", fields), form=form)
    return render_template(
        "bidder/joint.html",
        lot=lot,
        shared=shared,
        own=own,
        doc=filled_form(lot, shared.content, shared.form_hash),
        to_sign=to_sign,
        breadcrumbs=crumbs(lot, _("联合竞买")),
        **signer(),
    )


@bp.post("/joint/<joint_id>/consent")
@audience(BIDDER)
def consent(joint_id: str) -> ResponseReturnValue:
    """A partner's signed consent."""
    shared = _found(joint_id)

    def act() -> str:
        joint.consent(current_house(), shared, bidder(), signed(payload(), "consent"))
        return url_for("bidder.joint_page", joint_id=joint_id)

    return answer(act)


@bp.post("/joint/<joint_id>/file")
@audience(BIDDER)
def file_joint(joint_id: str) -> ResponseReturnValue:
    """The lead files what every partner has consented to."""
    shared = _found(joint_id)
    if not shared.leads:
        abort(403)
    return answer(lambda: file_application(shared.lot, _form(shared)))


@bp.post("/joint/<joint_id>/withdraw")
@audience(BIDDER)
def withdraw(joint_id: str) -> ResponseReturnValue:
    """Withdraw a joint application that has not been filed."""
    shared = _found(joint_id)
    try:
        joint.withdraw(current_house(), shared, bidder())
    except ApplicationRefused as error:
        said = wording.refused(error.code, error.facts)
        flash(said.title + said.body, "amber")
        return redirect(url_for("bidder.joint_page", joint_id=joint_id))
    flash(_("联合申请已撤回，各方可以另行申请。"), "blue")
    return redirect(url_for("bidder.tasks", ref=shared.lot))


def _found(joint_id: str) -> Joint:
    return joint.find(current_house(), joint_id, party()) or abort(404)


def _form(shared: Joint) -> ApplicationForm:
    lead, *others = shared.content["parties"]
    return ApplicationForm(
        shared.content["contact"],
        shared.content["phone"],
        lead["share_bp"],
        tuple(Partner(one["name"], one["share_bp"]) for one in others),
    )
