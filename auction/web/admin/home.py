"""The security officer's day: what waits for him, and what is about to run out."""

from datetime import timedelta
from typing import Any

from flask import current_app, render_template, url_for
from flask_babel import gettext as _

from auction.presenting.admin.common import expiry_warning
from auction.services import proposals
from auction.services.house import House, current_house
from auction.services.staff import officers
from auction.services.staff.security import NEEDED, able
from auction.services.trust import store
from auction.services.trust.anchors import EntryKind
from auction.web.admin.changes import of
from auction.web.admin.common import SECURITY, bp, me
from auction.web.guards import audience

AUTHORITY_DAYS, OFFICER_DAYS = 90, 30
"""How long before its end a certificate is mentioned: an authority's, an officer's."""


@bp.get("/")
@audience(SECURITY)
def home() -> str:
    """What waits for the officer who asks."""
    house = current_house()
    waiting = [of(change) for change in proposals.waiting(house.now())]
    return render_template(
        "admin/home.html",
        groups=[
            (_("待您处理"), [one for one in waiting if one.for_me(me())]),
            (_("等待他人"), [one for one in waiting if not one.for_me(me())]),
        ],
        desks=_desks(),
        warnings=_warnings(house),
        settled=[of(change) for change in proposals.settled(limit=8)],
        breadcrumbs=[
            {"label": _("首页"), "url": url_for("public.home")},
            {"label": _("安全管理"), "url": None},
        ],
        page_class="office",
    )


def _desks() -> list[dict[str, Any]]:
    """The other rooms of the administration, where this site has them."""
    rooms = [
        ("admin.enrolments", _("主体登记"), _("核定待登记的单位和个人及其证书。")),
        ("admin.revocation", _("吊销数据"), _("各来源的时间、编号和最近的故障；上传吊销列表。")),
        ("admin.trust_list", _("信任库"), _("认可的发证机构及其条件。")),
        ("admin.staff_list", _("工作人员"), _("职责和证书。")),
    ]
    return [
        {"label": label, "text": text, "url": url_for(endpoint)}
        for endpoint, label, text in rooms
        if endpoint in current_app.view_functions
    ]


def _warnings(house: House) -> list[str]:
    now = house.now()
    found = []
    if len(able(house, house.trust)) < NEEDED:
        found.append(_("能够登录的安全管理员不足两名，任何变更都无法核定。"))
    for entry in store.entries(house):
        if entry.kind is EntryKind.ANCHOR and entry.facts.not_after - now < timedelta(
            days=AUTHORITY_DAYS
        ):
            left = entry.facts.not_after - now
            found.append(expiry_warning(entry.label, left.days))
    for officer in officers.everybody():
        ends = [one.not_after for one in officer.credentials if officers.usable(one, now)]
        if officer.active and ends and max(ends) - now < timedelta(days=OFFICER_DAYS):
            days = (max(ends) - now).days
            found.append(expiry_warning(_("%(name)s 的证书", name=officer.name), days))
    return found
