"""Filling in the rules of a ready profile: its parameters, and the facts that it fixes too."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any, Final

from wtforms import BooleanField, SelectField

from auction.core.profile import RuleProfile
from auction.core.variants import VARIANTS
from auction.services.notice_content import CHOICES
from auction.web.forms import rules
from auction.web.forms.notice import NoticeForm
from auction.web.forms.notice_data import restored, typed

_USUAL: Final = {f.name: f.default for f in fields(RuleProfile) if f.name in CHOICES}


def with_variant(form: NoticeForm) -> NoticeForm:
    """The form with the rules of the ready profile that it names; the rest as it was typed.

    What the profile's text leaves open gets the usual value, so that nothing is left over from
    a profile that was tried before.
    """
    chosen = VARIANTS.get(form.variant.data or "")
    if chosen is None:
        return form
    stated = chosen.rules
    values = {**_USUAL, "resume_direct_minutes": 60}
    values |= {name: value for name, value in stated.items() if name in CHOICES}
    values["reserve_entry_from_minutes"] = min(
        values["reserve_entry_from_minutes"], _listing_minutes(form)
    )
    draft = typed(form)
    for name, value in rules.shown(values).items():
        field = form[name]
        field.raw_data, field.data = None, value
        if isinstance(field, BooleanField):
            draft[name] = ["y"] if value else []
        elif isinstance(field, SelectField):
            draft[name] = [str(value)]
        else:
            draft[name] = [field._value()]
    made = restored(draft | _facts(stated))
    ends = made.listing_end.data
    if ends is not None and "prep_seconds" in stated:
        wait = values["ask_seconds"] + stated["prep_seconds"]
        made.live_round_start.raw_data = None
        made.live_round_start.data = ends + timedelta(seconds=wait)
    return made


def _facts(stated: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the published rules of a centre fix although it is a fact of the notice."""
    found = {
        name: [str(stated[name])]
        for name in ("timed_trigger", "winner_submit_days", "winner_submit_unit")
        if name in stated
    }
    if "reserve_mode" in stated:
        found["reserve"] = [str(stated["reserve_mode"])]
    if "joint_allowed" in stated:
        found["application_way"] = ["either" if stated["joint_allowed"] else "single"]
    if "single_payment" in stated:
        found["single_payment"] = ["y"] if stated["single_payment"] else []
    return found


def _listing_minutes(form: NoticeForm) -> int:
    start, end = form.listing_start.data, form.listing_end.data
    if start is None or end is None or end <= start:
        return 30
    return int((end - start) // timedelta(minutes=1))
