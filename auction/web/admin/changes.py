"""Deciding a change as the second officer: what is, what shall be, what follows."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.core.reasons import Refusal
from auction.pki.inspection import CertificateFacts, inspect
from auction.presenting.admin import common as wording
from auction.presenting.admin import trust as trust_wording
from auction.presenting.admin.staff import officer_differences
from auction.services import dual, proposals
from auction.services.house import House, current_house
from auction.services.proposals import LIFE, OPERATOR
from auction.services.staff import officers
from auction.services.trust import changes, store
from auction.services.trust.start import silent
from auction.store.certificates import ChangeSubject, DualChange
from auction.web.admin.common import SECURITY, bp, crumbs, me, tell
from auction.web.guards import audience


@dataclass(frozen=True, slots=True)
class Change:
    """A change as pages show it."""

    row: DualChange
    title: str
    proposer: str
    decider: str
    outcome: str
    """In words; empty while it waits."""

    @property
    def from_operator(self) -> bool:
        return self.row.proposed_by == OPERATOR

    def for_me(self, officer: str) -> bool:
        """Whether it waits for this officer: somebody else proposed it, and it is not about him."""
        own = self.row.subject == ChangeSubject.OFFICER and self.row.target == officer
        return self.row.proposed_by != officer and not own


def of(row: DualChange) -> Change:
    """A row with its words."""
    outcome = ""
    if row.decided_at is not None:
        withdrawn = row.decided_by == row.proposed_by
        outcome = wording.outcome_word(bool(row.approved), withdrawn)
    return Change(
        row=row,
        title=wording.change_title(row.subject, row.act, _name(row)),
        proposer=wording.proposer_word(row.proposed_by, name_of(row.proposed_by)),
        decider=name_of(row.decided_by or ""),
        outcome=outcome,
    )


def name_of(officer_id: str) -> str:
    """The name of an officer, or what stands for one."""
    officer = officers.find(officer_id)
    return officer.name if officer is not None else officer_id


@bp.get("/changes/<change_id>")
@audience(SECURITY)
def change(change_id: str) -> str:
    """One change: its difference and its consequences while it waits, its course afterwards."""
    row = proposals.find(change_id) or abort(404)
    house, seen = current_house(), of(row)
    lapses = row.proposed_at + LIFE
    waits = row.decided_at is None and house.now() < lapses
    facts, chain = _certificates(row)
    return render_template(
        "admin/change.html",
        change=seen,
        waits=waits,
        lapses=lapses,
        mine=row.proposed_by == me(),
        own_account=row.subject == ChangeSubject.OFFICER and row.target == me(),
        differences=_differences(row),
        facts=facts,
        chain=chain,
        retired=row.content.get("certificate_sha256") if row.act == officers.RETIRE else None,
        wording=trust_wording,
        **(_ahead(house, row) if waits else {"consequences": [], "obstacle": None}),
        about=_about(row),
        breadcrumbs=crumbs((seen.title, None)),
        page_class="office",
    )


@bp.post("/changes/<change_id>")
@audience(SECURITY)
def decide_change(change_id: str) -> ResponseReturnValue:
    """Approve, refuse (or withdraw one's own), or adopt an operator's proposal."""
    proposals.find(change_id) or abort(404)
    act = request.form.get("act", "")
    done = {
        "approve": _("已核定，立即生效，并写入登记日志。"),
        "refuse": _("已了结，没有任何改变，并写入登记日志。"),
        "adopt": _("已采纳为您的提议。请由另一名安全管理员核定。"),
    }
    if act not in done:
        abort(400)
    try:
        if act == "adopt":
            proposals.adopt(current_house(), me(), change_id)
        else:
            dual.decide(current_house(), me(), change_id, act == "approve")
    except Refusal as refusal:
        tell(refusal)
        return redirect(url_for("admin.change", change_id=change_id))
    flash(done[act], "green")
    return redirect(url_for("admin.home"))


def _name(row: DualChange) -> str:
    if row.subject == ChangeSubject.TRUST:
        before: Mapping[str, Any] = row.content.get("before") or row.content
        return str(before["label"])
    return str(row.content.get("name") or name_of(row.target))


def _differences(row: DualChange) -> list[wording.Difference]:
    content = row.content
    if row.subject == ChangeSubject.TRUST:
        before = content.get("before")
        return trust_wording.trust_differences(content["kind"], before, content)
    if row.act in (officers.ADD, officers.CHANGE):
        return officer_differences(content.get("before"), content)
    return []


def _certificates(row: DualChange) -> tuple[CertificateFacts | None, list[CertificateFacts]]:
    """What the certificate in a change says of itself, and those of its issuers beside it."""
    if row.subject == ChangeSubject.TRUST:
        entry = changes.proposed_entry(row) or changes.present(current_house(), row.target)
        return (entry.facts if entry is not None else None), []
    if "certificate" not in row.content:
        return None, []
    return (
        inspect(base64.b64decode(row.content["certificate"])),
        [inspect(base64.b64decode(one)) for one in row.content["intermediates"]],
    )


def _ahead(house: House, row: DualChange) -> dict[str, Any]:
    """What approval would do, or what stands in its way."""
    if row.subject != ChangeSubject.TRUST:
        return {"consequences": [], "obstacle": None}
    try:
        ready = changes.prepare(house, row)
    except Refusal as refusal:
        return {"consequences": [], "obstacle": wording.refused(refusal.code)}
    return {
        "consequences": wording.consequences(
            row.subject,
            row.act,
            row.content,
            ended=len(ready.untrusted),
            silent=silent(house, ready.entries, row.target),
        ),
        "obstacle": None,
    }


def _about(row: DualChange) -> str | None:
    """The page of what the change is about, where there is one."""
    if row.subject == ChangeSubject.OFFICER:
        known = officers.find(row.target) is not None
        return url_for("admin.officer", officer_id=row.target) if known else None
    known = any(one.fingerprint == row.target for one in store.entries(current_house()))
    return url_for("admin.anchor", fingerprint=row.target) if known else None
