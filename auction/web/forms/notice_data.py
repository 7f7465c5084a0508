"""From the form of a notice to its data and back; what was typed is kept as it was typed."""

from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import UTC, date, timedelta
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    Field,
    FieldList,
    Form,
    FormField,
    SelectField,
    SelectMultipleField,
)

from auction.core.notice import Contact, ContactRole, SourceKind, Unit
from auction.core.notice_codec import NoticeError, notice_from_dict, notice_to_dict
from auction.core.profile import RuleProfile
from auction.core.terms import Unstated
from auction.core.workdays import BEIJING
from auction.presenting.notices import input_problem
from auction.services.notice_content import (
    CHOICES,
    Content,
    LotRules,
)
from auction.store.sales import SaleKind
from auction.web.forms import rule_problems, rules
from auction.web.forms.fields import BeijingField
from auction.web.forms.notice import ContactForm, LotForm, NoticeForm
from auction.web.forms.rule_problems import APPLICATION_WAYS

_INDICES = {
    "far": Unit.NONE,
    "building_coefficient": Unit.PERCENT,
    "green_ratio": Unit.PERCENT,
    "height": Unit.METRE,
}
_WINDOWS = ("notice", "application", "listing")
_USUAL_RULES = {f.name: f.default for f in fields(RuleProfile) if f.name in CHOICES}
_ADDED = ("region_code",)
"""What the form asks for although the printed text does not state it."""


def content_of(form: NoticeForm) -> Content | None:
    """The notice that was typed; None if it is not yet one, with the errors at the fields.

    What speaks against its rules stands at their fields too, whether or not it is a notice yet.
    """
    sound = form.validate()
    rule_problems.mark(form)
    if not sound:
        return None
    try:
        return Content(
            notice_from_dict(_plain(form)),
            _unstated(form),
            rules.chosen(form),
            {entry.form.code.data: _lot_rules(entry.form) for entry in form.lots},
            form.variant.data or None,
        )
    except NoticeError as error:
        for problem in error.problems:
            _tell(form, problem.field, problem.code)
        return None


def forgive_blanks(form: NoticeForm) -> int:
    """Take back the errors of fields that nobody has filled in yet; how many those are."""
    blank = 0
    for field in leaves(form):
        if field.errors and not any(str(text).strip() for text in field.raw_data or ()):
            field.errors = []
            blank += 1
    return blank


def problems(form: NoticeForm) -> list[dict[str, str]]:
    """Every error with a link to its field, for the summary at the top."""
    found = [{"text": str(error)} for error in form.form_errors]
    for field in sorted(leaves(form), key=lambda field: field.short_name in CHOICES):
        found += [
            {
                "text": _("%(label)s：%(error)s", label=caption(form, field), error=error),
                "href": f"#{field.id}",
            }
            for error in field.errors
        ]
    return found


def _plain(form: NoticeForm) -> dict[str, Any]:
    single, joint = APPLICATION_WAYS[form.application_way.data]
    return {
        **{
            name: form[name].data
            for name in (
                "number",
                "title",
                "approving_government",
                "grantor",
                "agency",
                "signed_by",
            )
        },
        "eligibility": {
            "applicants": list(form.applicants.data),
            "origin": str(form.origin.data),
            "single_allowed": single,
            "joint_allowed": joint,
        },
        "terms": {
            "reserve": str(form.reserve.data),
            "price_rule": str(form.price_rule.data),
            "payer_rule": str(form.payer_rule.data),
            "single_payment": bool(form.single_payment.data),
            "arrival_basis": str(form.arrival_basis.data),
            "timed_trigger": str(form.timed_trigger.data),
            "winner_submit_days": form.winner_submit_days.data,
            "winner_submit_unit": str(form.winner_submit_unit.data),
        },
        "platform": {
            "certificate_office": form.certificate_office.data,
            "name": form.platform_name.data,
            "url": form.platform_url.data,
            "section": form.platform_section.data,
        },
        "windows": {
            **{
                name: {
                    "start": _utc_text(form[f"{name}_start"]),
                    "end": _utc_text(form[f"{name}_end"]),
                }
                for name in _WINDOWS
            },
            "deposit_deadline": _utc_text(form.deposit_deadline),
            "live_round_start": _utc_text(form.live_round_start),
        },
        "lots": [_lot_plain(entry.form) for entry in form.lots],
        "clauses": list(form.clauses.data),
        "contacts": [
            {"role": str(role), **_contact_plain(form[f"{role}_contact"].form)}
            for role in ContactRole
        ],
        "signed_on": form.signed_on.data.isoformat(),
        "source": {
            "kind": str(SourceKind.DRAFTED),
            "note": "在本系统起草",
            "added": list(_ADDED),
        },
    }


def _unstated(form: NoticeForm) -> Unstated:
    return Unstated(
        increment_mode=form.increment_mode.data,
        timed_entry=form.timed_entry.data,
        countdown_first_seconds=form.countdown_first_seconds.data,
        countdown_seconds=form.countdown_seconds.data,
    )


def _lot_rules(form: LotForm) -> LotRules:
    follows = (form.follows.data or "").strip() or None
    return LotRules(form.step_timed.data, form.cap.data, follows)


def _tell(form: NoticeForm, path: str, code: str) -> None:
    parts = path.split(".")
    said = input_problem(code)
    if parts[0] == "lots" and len(parts) > 1 and code.startswith(("BOUNDARY", "RING", "POS")):
        field = form.lots[int(parts[1])].form.boundary
        field.errors = [*field.errors, said]
    else:
        form.form_errors.append(said)


def form_of(content: Content, kind: SaleKind) -> NoticeForm:
    """The form filled in with a notice, as if somebody had typed it."""
    notice, unstated = content.notice, content.unstated
    plain = notice_to_dict(notice)
    windows, terms = notice.windows, plain["terms"]
    ways = {allowed: way for way, allowed in APPLICATION_WAYS.items()}
    data: dict[str, Any] = {
        **{name: value for name, value in plain.items() if isinstance(value, str)},
        **plain["eligibility"],
        **terms,
        **{f"platform_{name}": value for name, value in plain["platform"].items()},
        **rules.shown({**_USUAL_RULES, **asdict(unstated), **content.rules}),
        "variant": content.variant or "",
        "kind": str(kind),
        "certificate_office": notice.platform.certificate_office,
        "application_way": ways[
            notice.eligibility.single_allowed, notice.eligibility.joint_allowed
        ],
        "deposit_deadline": windows.deposit_deadline,
        "live_round_start": windows.live_round_start,
        "clauses": notice.clauses,
        "signed_on": notice.signed_on,
        "lots": [_lot_data(content, place) for place in range(len(notice.lots))],
    }
    for name in _WINDOWS:
        window = getattr(windows, name)
        data |= {f"{name}_start": window.start, f"{name}_end": window.end}
    for role in ContactRole:
        data[f"{role}_contact"] = _contact_data(notice.contact(role))
    return NoticeForm(formdata=None, data=data)


def typed(form: NoticeForm) -> dict[str, list[str]]:
    """What the form holds as a browser would send it, to be kept with the draft."""
    found: dict[str, list[str]] = {}
    for field in leaves(form):
        if isinstance(field, BooleanField):
            values = ["y"] if field.data else []
        elif isinstance(field, SelectMultipleField):
            values = [str(value) for value in field.data or ()]
        elif isinstance(field, SelectField):
            values = [str(field.data if field.data is not None else "")]
        else:
            values = [field._value()]
        if values:
            found[field.name] = values
    return found


def restored(draft: dict[str, list[str]]) -> NoticeForm:
    """The form as it was last typed."""
    return NoticeForm(formdata=MultiDict((k, v) for k, values in draft.items() for v in values))


def leaves(form: Form) -> Iterator[Field]:
    """Every field that holds a value, also inside lots, indices and contacts."""
    for field in form:
        yield from _leaves(field)


def _leaves(field: Field) -> Iterator[Field]:
    if isinstance(field, FormField):
        yield from leaves(field.form)
    elif isinstance(field, FieldList):
        for entry in field:
            yield from _leaves(entry)
    elif field.type != "CSRFTokenField":
        yield field


def caption(form: NoticeForm, field: Field) -> str:
    """What a field is called outside its place: `2024JC-4 · 容积率 · 数值`."""
    for entry in form.lots:
        inside = _path(entry.form, field)
        if inside:
            names = inside if len(form.lots) == 1 else [entry.form.code.data or "", *inside]
            return " · ".join(str(name) for name in names if name)
    return " · ".join(str(name) for name in _path(form, field)) or str(field.label.text)


def _path(form: Form, field: Field) -> list[Any]:
    for part in form:
        if part is field:
            return [part.label.text]
        if isinstance(part, FormField):
            inside = _path(part.form, field)
            if inside:
                return [part.label.text, *inside]
    return []


def _utc_text(field: BeijingField) -> str:
    return str(field.data.astimezone(UTC).isoformat().replace("+00:00", "Z"))


def _lot_plain(form: LotForm) -> dict[str, Any]:
    indices: dict[str, Any] = {
        name: asdict(form[name].form.index(unit)) for name, unit in _INDICES.items()
    }
    intensity = form.investment_intensity.form
    condition = None
    if form.with_condition.data:
        condition = {
            "levelled": form.levelled.data,
            "utilities": list(form.utilities.data),
            "assessments": list(form.assessments.data),
            "control_indices_set": form.control_indices_set.data,
            "standard_land": form.standard_land.data,
        }
    parcel = {
        "code": form.code.data,
        "region_code": form.region_code.data,
        "location": form.location.data,
        "area_mm2": form.area.data,
        "uses": list(form.uses.data),
        **indices,
        "terms": [asdict(term) for term in form.terms.data],
        "investment_intensity": (
            asdict(intensity.index(Unit.WAN_PER_MU)) if intensity.given() else None
        ),
        "condition": condition,
        "remarks": list(form.remarks.data),
        "boundary": (form.boundary.data or "").strip() or None,
    }
    return {
        "parcel": parcel,
        "deposit_fen": form.deposit.data,
        "start_fen": form.start.data,
        "step_fen": form.step.data,
    }


def _lot_data(content: Content, place: int) -> dict[str, Any]:
    lot = content.notice.lots[place]
    own = content.of_lot(lot.code)
    parcel = lot.parcel
    data: dict[str, Any] = {
        "code": parcel.code,
        "region_code": parcel.region_code,
        "location": parcel.location,
        "area": parcel.area_mm2,
        "uses": parcel.uses,
        "terms": parcel.terms,
        "deposit": lot.deposit_fen,
        "start": lot.start_fen,
        "step": lot.step_fen,
        "step_timed": own.step_timed_fen,
        "cap": own.cap_fen,
        "follows": own.follows or "",
        "remarks": parcel.remarks,
        "boundary": parcel.boundary or "",
        "with_condition": parcel.condition is not None,
    }
    for name in (*_INDICES, "investment_intensity"):
        index = getattr(parcel, name)
        if index is not None:
            data[name] = {"op": str(index.op), "value": index.value, "upper": index.upper or ""}
    if parcel.condition is not None:
        data |= asdict(parcel.condition)
    return data


def _contact_plain(form: ContactForm) -> dict[str, Any]:
    return {
        "organisation": form.organisation.data,
        "address": form.address.data,
        "persons": list(form.persons.data),
        "phone": form.phone.data,
    }


def _contact_data(contact: Contact | None) -> dict[str, Any]:
    if contact is None:
        return {}
    return {
        "organisation": contact.organisation,
        "address": contact.address,
        "persons": contact.persons,
        "phone": contact.phone,
    }


def moved(form: NoticeForm, first_day: date) -> None:
    """Move the whole timetable by whole days, so that the notice begins on `first_day` (O-1)."""
    start = form.notice_start.data
    if start is not None:
        _postpone(form, first_day - start.astimezone(BEIJING).date())


def renewed(form: NoticeForm, today: date) -> bool:
    """Move a timetable of the past by whole weeks into the days to come; whether it had to be.

    Weekdays stay what they are, and with them the warnings about weekends.
    """
    late = today - form.notice_start.data.astimezone(BEIJING).date()
    if late < timedelta(0):
        return False
    _postpone(form, timedelta(weeks=late // timedelta(weeks=1) + 1))
    return True


def _postpone(form: NoticeForm, gap: timedelta) -> None:
    for field in form:
        if isinstance(field, BeijingField | DateField) and field.data is not None:
            field.data += gap
            field.raw_data = None
