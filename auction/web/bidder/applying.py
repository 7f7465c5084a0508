"""Reading and receiving the documents, and filing the application: rules, form, signature."""

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.core.profile import RuleProfile
from auction.documents.listing_papers import Applicant as PartyFacts
from auction.documents.listing_papers import ApplicationFacts, application_form
from auction.documents.paper import Edition, Paper
from auction.presenting import rules
from auction.services import applications, joint, listing_documents, refunds
from auction.services.applications import ApplicationForm, ApplicationRefused, ToSign
from auction.services.house import current_house
from auction.services.workbench import Standing
from auction.store.sales import Lot
from auction.web.bidder.common import (
    answer,
    bidder,
    bp,
    crumbs,
    payload,
    signed,
    signer,
    signing,
    stands_in,
    told,
)
from auction.web.forms.bidder import ApplyForm
from auction.web.guards import BIDDER, audience
from auction.web.links import LotRef, find_lot


@bp.get("/<lot:ref>/documents")
@audience(BIDDER)
def documents(ref: LotRef) -> str:
    """The listing documents with their hashes, to be received by a signature."""
    stands = stands_in(ref)
    lot = stands.lot
    fields = {
        "aud": current_house().site.origin,
        "lot": lot.slug,
        "documents": listing_documents.hash_list(lot),
    }
    return render_template(
        "bidder/documents.html",
        lot=lot,
        stands=stands,
        documents=listing_documents.documents_of(lot),
        to_sign=None if stands.reading else signing(lot, ("receipt", "receipt", fields)),
        breadcrumbs=crumbs(lot, _("出让文件")),
        **signer(),
    )


@bp.post("/<lot:ref>/documents")
@audience(BIDDER)
def receive(ref: LotRef) -> ResponseReturnValue:
    """The signed receipt of the documents."""
    lot = find_lot(ref)

    def act() -> str:
        applications.receive_documents(current_house(), lot, bidder(), signed(payload(), "receipt"))
        return url_for("bidder.tasks", ref=lot)

    return answer(act)


@bp.route("/<lot:ref>/apply", methods=["GET", "POST"])
@audience(BIDDER)
def apply(ref: LotRef) -> ResponseReturnValue:
    """The wizard: rules and documents, alone or joint, then the page to sign."""
    stands = stands_in(ref)
    lot, house = stands.lot, current_house()
    if stands.seat is not None:
        return redirect(url_for("bidder.tasks", ref=lot))
    try:
        applications.check_open(lot, house.now())
    except ApplicationRefused as error:
        page = render_template(
            "bidder/closed.html", lot=lot, said=told(error), breadcrumbs=crumbs(lot, _("竞买申请"))
        )
        return page, error.status
    form = ApplyForm()
    if not form.is_submitted():
        usual = applications.usual_form(house, bidder())
        form.contact.data, form.phone.data = usual.contact, usual.phone
        return _form_page(stands, form)
    try:
        return _next_step(stands, form)
    except ApplicationRefused as error:
        form.refuse(error)
        return _form_page(stands, form), error.status


@bp.post("/<lot:ref>/apply/file")
@audience(BIDDER)
def file(ref: LotRef) -> ResponseReturnValue:
    """The signed application of a single applicant."""
    lot = find_lot(ref)

    def act() -> str:
        sent = payload()
        form = ApplicationForm(str(sent.get("contact", "")), str(sent.get("phone", "")))
        return file_application(lot, form)

    return answer(act)


def file_application(lot: Lot, form: ApplicationForm) -> str:
    """Keep the receipt if one was sent, file the application; the address to go on to."""
    house, sent = current_house(), payload()
    if "receipt" in sent:
        applications.receive_documents(house, lot, bidder(), signed(sent, "receipt"))
    applications.apply(house, lot, bidder(), form, signed(sent, "application"))
    return url_for("bidder.deposit", ref=lot)


def _next_step(stands: Standing, form: ApplyForm) -> ResponseReturnValue:
    if not form.validate():
        return _form_page(stands, form), 422
    house, lot = current_house(), stands.lot
    filled = form.application()
    if filled.partners:
        draft = joint.propose(house, lot, bidder(), filled)
        return redirect(url_for("bidder.joint_page", joint_id=draft.id))
    wanted = applications.to_sign(house, lot, bidder(), filled)
    return render_template(
        "bidder/sign.html",
        lot=lot,
        doc=filled_form(lot, wanted.content, wanted.application["form"]),
        terms=stands.terms,
        advised=refunds.last_working_day_before(stands.terms.deposit_until),
        to_sign=to_file(stands, wanted, contact=filled.contact, phone=filled.phone),
        file_url=url_for("bidder.file", ref=lot),
        breadcrumbs=crumbs(lot, _("竞买申请")),
        **signer(),
    )


def to_file(stands: Standing, wanted: ToSign, **sent: str) -> dict[str, Any]:
    """What is signed when an application is filed; the receipt with it if it is still missing."""
    statements = [("application", "application", wanted.application)]
    if stands.reading is None:
        statements.insert(0, ("receipt", "receipt", wanted.receipt))
    return signing(stands.lot, *statements, form=wanted.form.decode("utf-8"), **sent)


def filled_form(lot: Lot, content: Mapping[str, Any], sha256: str) -> Paper:
    """The application form as a paper, with what was filled in."""
    notice, facts = listing_documents.facts_of(lot)
    return application_form(
        ApplicationFacts(
            edition=Edition(lot.kind),
            notice_number=notice.number,
            lot_code=lot.code,
            location=facts.parcel.location,
            deposit_fen=facts.deposit_fen,
            grantor=notice.grantor,
            parties=tuple(PartyFacts(**party) for party in content["parties"]),
            contact=content["contact"],
            phone=content["phone"],
            sha256=sha256,
        )
    )


def _form_page(stands: Standing, form: ApplyForm) -> str:
    lot = stands.lot
    notice, _facts = listing_documents.facts_of(lot)
    return render_template(
        "bidder/apply.html",
        lot=lot,
        stands=stands,
        form=form,
        error_form=form if form.errors or form.form_errors else None,
        clauses=rules.clauses(RuleProfile.from_dict(lot.terms)),
        documents=listing_documents.documents_of(lot),
        eligibility=notice.eligibility,
        advised=refunds.last_working_day_before(stands.terms.deposit_until),
        breadcrumbs=crumbs(lot, _("竞买申请")),
    )
