"""The trust store's pages: look, upload, read what a certificate says, propose."""

import base64

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.core.reasons import Refusal
from auction.pki.chain import CertificateError
from auction.pki.inspection import CertificateFacts, read_certificates
from auction.presenting.admin import trust as wording
from auction.services import proposals
from auction.services.house import current_house
from auction.services.trust import changes, store
from auction.services.trust.anchors import KEY_KINDS, Entry, EntryKind, Origin
from auction.services.trust.start import silent
from auction.web.admin.changes import of
from auction.web.admin.common import SECURITY, bp, crumbs, me, tell
from auction.web.forms.admin import AuthorityForm, ReasonForm, UploadForm
from auction.web.guards import audience

READABLE = (Refusal, CertificateError)


@bp.get("/trust")
@audience(SECURITY)
def trust_list() -> str:
    """Every certificate of the trust store, with its conditions in short."""
    house = current_house()
    entries = store.entries(house)
    return render_template(
        "admin/trust.html",
        anchors=[one for one in entries if one.kind is EntryKind.ANCHOR],
        intermediates=[one for one in entries if one.kind is EntryKind.INTERMEDIATE],
        silent={one.fingerprint: silent(house, entries, one.fingerprint) for one in entries},
        waiting=_waiting(),
        now=house.now(),
        wording=wording,
        breadcrumbs=crumbs((_("信任库"), None)),
        page_class="office",
    )


@bp.get("/trust/new")
@audience(SECURITY)
def new_anchor() -> str:
    """Choose a certificate file."""
    return _upload_page(UploadForm())


@bp.post("/trust/new")
@audience(SECURITY)
def examine_anchor() -> ResponseReturnValue:
    """Show what an uploaded certificate is; nothing is kept."""
    form = UploadForm()
    if not form.file.data:
        tell(Refusal("FILE_MISSING"))
        return _upload_page(form), 422
    try:
        found = read_certificates(form.file.data.read())
        if len(found) != 1:
            raise Refusal("ONE_CERTIFICATE")
        facts = changes.look_at(current_house(), found[0])
    except READABLE as error:
        tell(error)
        return _upload_page(form), 422
    filled = AuthorityForm(
        formdata=None,
        certificate=base64.b64encode(facts.der).decode(),
        kind=str(form.wanted()),
        label=facts.name[:120],
        revocation="soft",
        key_kinds=list(KEY_KINDS),
    )
    return _proposal_page(filled, facts, form.wanted())


@bp.post("/trust/propose")
@audience(SECURITY)
def propose_anchor() -> ResponseReturnValue:
    """Propose the certificate that was shown, under these conditions."""
    form = AuthorityForm()
    house = current_house()
    try:
        facts = changes.look_at(house, form.der())
    except READABLE as error:
        tell(error)
        return redirect(url_for("admin.new_anchor"))
    kind = EntryKind(form.kind.data) if form.kind.data in list(EntryKind) else EntryKind.ANCHOR
    settings = form.settings(kind)
    if form.reject(settings.problems()):
        return _proposal_page(form, facts, kind), 422
    try:
        change = changes.propose_add(house, me(), facts.der, kind, settings, form.reason.data or "")
    except READABLE as error:
        tell(error)
        return _proposal_page(form, facts, kind), 422
    return _proposed(change.id)


@bp.get("/trust/<fingerprint>")
@audience(SECURITY)
def anchor(fingerprint: str) -> str:
    """One certificate of the trust store: what it says, its conditions, its history."""
    house = current_house()
    entry = _entry_or_404(fingerprint)
    settings = wording.settings_words(entry.settings())
    keys = wording.TABLE_KEYS if entry.kind is EntryKind.ANCHOR else ("label",)
    return render_template(
        "admin/anchor.html",
        entry=entry,
        rows=[settings[key] for key in keys],
        silent=silent(house, store.entries(house), fingerprint),
        waiting=[of(one) for one in proposals.waiting(house.now(), fingerprint)],
        history=[of(one) for one in proposals.settled(fingerprint)],
        now=house.now(),
        wording=wording,
        breadcrumbs=_way(entry),
        page_class="office",
    )


@bp.get("/trust/<fingerprint>/change")
@audience(SECURITY)
def anchor_change(fingerprint: str) -> str:
    """The conditions of an anchor, to propose others."""
    entry = _managed_or_404(fingerprint)
    return _change_page(AuthorityForm.of(entry), entry)


@bp.post("/trust/<fingerprint>/change")
@audience(SECURITY)
def propose_anchor_change(fingerprint: str) -> ResponseReturnValue:
    """Propose other conditions."""
    entry = _managed_or_404(fingerprint)
    form = AuthorityForm()
    settings = form.settings(entry.kind)
    if form.reject(settings.problems()):
        return _change_page(form, entry), 422
    try:
        change = changes.propose_change(
            current_house(), me(), fingerprint, settings, form.reason.data or ""
        )
    except Refusal as refusal:
        tell(refusal)
        return _change_page(form, entry), 422
    return _proposed(change.id)


@bp.get("/trust/<fingerprint>/remove")
@audience(SECURITY)
def anchor_removal(fingerprint: str) -> str:
    """What it means not to trust a certificate any more."""
    return _removal_page(ReasonForm(), _managed_or_404(fingerprint))


@bp.post("/trust/<fingerprint>/remove")
@audience(SECURITY)
def propose_anchor_removal(fingerprint: str) -> ResponseReturnValue:
    """Propose not to trust it any more."""
    entry = _managed_or_404(fingerprint)
    form = ReasonForm()
    if form.reject(()):
        return _removal_page(form, entry), 422
    try:
        change = changes.propose_remove(current_house(), me(), fingerprint, form.reason.data or "")
    except Refusal as refusal:
        tell(refusal)
        return _removal_page(form, entry), 422
    return _proposed(change.id)


def _proposed(change_id: str) -> ResponseReturnValue:
    flash(_("已提议。在另一名安全管理员核定之前，没有任何改变。"), "green")
    return redirect(url_for("admin.change", change_id=change_id))


def _entry_or_404(fingerprint: str) -> Entry:
    return changes.present(current_house(), fingerprint) or abort(404)


def _managed_or_404(fingerprint: str) -> Entry:
    entry = _entry_or_404(fingerprint)
    return entry if entry.origin is Origin.TABLE else abort(404)


def _waiting() -> dict[str, str]:
    """Target to the id of the change that waits for it."""
    return {one.target: one.id for one in proposals.waiting(current_house().now())}


def _way(entry: Entry, *more: tuple[str, str | None]) -> list[dict[str, str | None]]:
    own = url_for("admin.anchor", fingerprint=entry.fingerprint)
    name = entry.label
    return crumbs((_("信任库"), url_for("admin.trust_list")), (name, own), *more)


def _upload_page(form: UploadForm) -> str:
    return render_template(
        "admin/upload.html",
        form=form,
        breadcrumbs=crumbs((_("信任库"), url_for("admin.trust_list")), (_("新增证书"), None)),
        page_class="office",
    )


def _proposal_page(form: AuthorityForm, facts: CertificateFacts, kind: EntryKind) -> str:
    return render_template(
        "admin/propose.html",
        form=form,
        facts=facts,
        kind=kind,
        now=current_house().now(),
        wording=wording,
        error_form=form if form.errors else None,
        breadcrumbs=crumbs((_("信任库"), url_for("admin.trust_list")), (_("新增证书"), None)),
        page_class="office",
    )


def _change_page(form: AuthorityForm, entry: Entry) -> str:
    return render_template(
        "admin/edit.html",
        form=form,
        entry=entry,
        wording=wording,
        error_form=form if form.errors else None,
        breadcrumbs=_way(entry, (_("修改条件"), None)),
        page_class="office",
    )


def _removal_page(form: ReasonForm, entry: Entry) -> str:
    return render_template(
        "admin/remove.html",
        form=form,
        entry=entry,
        wording=wording,
        error_form=form if form.errors else None,
        breadcrumbs=_way(entry, (_("移出信任库"), None)),
        page_class="office",
    )
