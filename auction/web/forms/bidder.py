"""The application form as it is typed: contact, alone or joint, shares in percent."""

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf

from auction.presenting import applications as wording
from auction.services.applications import ApplicationForm, ApplicationRefused, Partner

ALONE, JOINT = "alone", "joint"
PARTNER_ROWS = 3
_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?\s*[%％]?", re.ASCII)
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．", "0123456789.")


def _stripped(text: str | None) -> str | None:
    return text.strip() if text else text


class PartnerForm(Form):
    """One partner; a row without a name does not count."""

    name = StringField(_l("联合方名称"), filters=[_stripped])
    share = StringField(_l("出资比例"), filters=[_stripped])


class ApplyForm(FlaskForm):
    """What the applicant types; the sentences of what is wrong come from the service's codes."""

    kind = RadioField(
        _l("申请方式"),
        choices=[
            SelectChoice(ALONE, _l("单独申请")),
            SelectChoice(JOINT, _l("联合申请")),
        ],
        default=ALONE,
        validate_choice=False,  # AnyOf says it in our words
        validators=[AnyOf((ALONE, JOINT), message=_l("请选择单独申请或联合申请。"))],
    )
    contact = StringField(_l("联系人"), filters=[_stripped])
    phone = StringField(_l("联系电话"), filters=[_stripped])
    share = StringField(_l("本单位（牵头方）出资比例"), filters=[_stripped])
    partners = FieldList(FormField(PartnerForm), min_entries=PARTNER_ROWS, max_entries=9)

    def application(self) -> ApplicationForm:
        """The form as the service takes it. Raises ApplicationRefused at a field."""
        contact, phone = self.contact.data or "", self.phone.data or ""
        if self.kind.data != JOINT:
            return ApplicationForm(contact, phone)
        partners = tuple(
            Partner(row.form.name.data, basis_points(row.form.share.data, row.form.share.id))
            for row in self.partners
            if row.form.name.data
        )
        if not partners:
            raise ApplicationRefused("PARTNERS_MISSING", 422, at="partners-0-name")
        return ApplicationForm(contact, phone, basis_points(self.share.data, "share"), partners)

    def refuse(self, error: ApplicationRefused) -> None:
        """Put the sentence of a refusal at the field it is about, or above the form."""
        said = wording.refused(error.code, error.facts)
        sentence = said.title + said.body
        field: Any = next((f for f in self._every_field() if f.id == error.at), None)
        if field is None:
            self.form_errors.append(sentence)
        else:
            field.errors = [*field.errors, sentence]

    def _every_field(self) -> list[Any]:
        rows = [field for row in self.partners for field in row.form]
        return [self.kind, self.contact, self.phone, self.share, *rows]


def basis_points(text: str | None, at: str) -> int:
    """A share typed in percent, in basis points. Raises ApplicationRefused(SHARE_WRONG)."""
    match = _PERCENT.fullmatch((text or "").translate(_FULL_WIDTH))
    if match is None:
        raise ApplicationRefused("SHARE_WRONG", 422, at=at)
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
