"""The state of revocation data: every source, every list in force; a list taken in by hand."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.pki.revocation import RevocationError
from auction.presenting import revocation as wording
from auction.presenting.admin import trust as trust_wording
from auction.presenting.said import Said
from auction.services import logbook
from auction.services.house import current_house
from auction.services.revocation import refreshing
from auction.services.revocation.intake import take_lists
from auction.services.revocation.state import look
from auction.services.trust import store
from auction.services.unit import writing
from auction.web.admin.common import SECURITY, bp, crumbs, me
from auction.web.forms.revocation import ListForm
from auction.web.guards import audience


@bp.get("/revocation")
@audience(SECURITY)
def revocation() -> str:
    """Every source and every list in force, and what follows at sign-in."""
    return _page(ListForm())


@bp.post("/revocation")
@audience(SECURITY)
def upload_list() -> ResponseReturnValue:
    """Take in a list that was brought by hand: verified like a fetched one, never an older one."""
    house, form = current_house(), ListForm()
    if not form.file.data:
        return _page(form, wording.refused("FILE_MISSING")), 422
    try:
        taken = take_lists(house, form.file.data.read(), store.entries(house))
    except RevocationError as error:
        return _page(form, wording.refused(str(error.code), error.data)), 422
    new = [one.sha256 for one in taken if one.new]
    if new:
        with writing() as session:
            for sha256 in new:
                data = {"officer": me(), "sha256": sha256}
                logbook.register(house, session, "revocation_list_taken", data)
        refreshing.take_effect(house)
    flash(wording.taken(len(taken), len(new)), "green" if new else "blue")
    return redirect(url_for("admin.revocation"))


@bp.post("/revocation/ask")
@audience(SECURITY)
def ask_sources() -> ResponseReturnValue:
    """Have every source asked now."""
    refreshing.ask_soon(current_house())
    flash(_("各来源将在数秒内重新查询，请稍后刷新本页。"), "blue")
    return redirect(url_for("admin.revocation"))


def _page(form: ListForm, said: Said | None = None) -> str:
    house = current_house()
    return render_template(
        "admin/revocation.html",
        anchors=look(house),
        form=form,
        said=said,
        now=house.now(),
        interval=house.site.revocation_seconds,
        words=wording,
        admin_words=trust_wording,
        breadcrumbs=crumbs((_("吊销数据"), None)),
        page_class="office",
    )
