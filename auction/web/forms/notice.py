"""The draft of a notice as a form, in the order of the notice."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    Field,
    FieldList,
    Form,
    FormField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from auction.core.notice import (
    Applicant,
    ArrivalBasis,
    Contact,
    ContactRole,
    Origin,
    PayerRule,
    PriceRule,
    Reserve,
    SourceKind,
    Unit,
)
from auction.core.notice import Notice as NoticeFacts
from auction.core.notice_codec import NoticeError, notice_from_dict, notice_to_dict
from auction.core.profile import DayUnit, IncrementMode, TimedEntry, TimedTrigger
from auction.core.terms import Unstated
from auction.presenting.notices import input_problem
from auction.services.notice_content import Content
from auction.store.sales import SaleKind
from auction.web.forms.fields import (
    AreaField,
    BeijingField,
    IndexForm,
    OptionalIndexForm,
    TermsField,
    WanField,
    choice,
    lines,
    required,
    words,
)

LOTS_LIMIT = 20
APPLICATION_WAYS = {"either": (True, True), "single": (True, False), "joint": (False, True)}
_INDICES = {
    "far": Unit.NONE,
    "building_coefficient": Unit.PERCENT,
    "green_ratio": Unit.PERCENT,
    "height": Unit.METRE,
}
_WINDOWS = ("notice", "application", "listing")
_ADDED = ("region_code",)
"""What the form asks for although the printed text does not state it."""


class LotForm(Form):
    """One parcel: a row of the table in section 一, and the notes below it."""

    code = words(_l("地块编号"), 40)
    region_code = StringField(
        _l("行政区划代码"), [required(), Regexp(r"\d{6}$", message=_l("请填写六位行政区划代码"))]
    )
    location = words(_l("土地位置"))
    area = AreaField(_l("土地面积"))
    uses = lines(_l("土地用途"))
    far = FormField(IndexForm, _l("容积率"))
    building_coefficient = FormField(IndexForm, _l("建筑系数"))
    green_ratio = FormField(IndexForm, _l("绿地率"))
    height = FormField(IndexForm, _l("建筑高度"))
    terms = TermsField(_l("出让年限"), [required()])
    deposit = WanField(_l("竞买保证金"))
    start = WanField(_l("挂牌起始价"))
    step = WanField(_l("竞价增加幅度"))
    investment_intensity = FormField(OptionalIndexForm, _l("固定资产投资强度"))
    with_condition = BooleanField(_l("公告载明交付时的土地条件"))
    levelled = BooleanField(_l("土地已平整"))
    utilities = lines(_l("已完成的基础配套"), needed=False)
    assessments = lines(_l("已完成的区域性评价"), needed=False)
    control_indices_set = BooleanField(_l("已制定控制性指标"))
    standard_land = BooleanField(_l("符合工业用地“标准地”出让相关条件"))
    remarks = lines(_l("其他备注"), needed=False)
    boundary = TextAreaField(_l("界址坐标"), [Optional(), Length(max=20_000)])


class ContactForm(Form):
    """One entry of the section on contacts."""

    organisation = words(_l("单位"))
    address = words(_l("地址"))
    persons = lines(_l("联系人"))
    phone = words(_l("联系电话"), 60)


class NoticeForm(FlaskForm):
    """All facts of a notice, and below them what it leaves to the rule profile."""

    kind = SelectField(
        _l("性质"),
        choices=[
            (str(SaleKind.REHEARSAL), _l("演练（不产生法律效力）")),
            (str(SaleKind.REAL), _l("正式")),
        ],
        coerce=SaleKind,
    )
    number = words(_l("公告编号"), 80)
    title = words(_l("公告标题"))
    approving_government = words(_l("批准机关"))
    grantor = words(_l("出让人"))
    agency = words(_l("交易机构"))
    lots = FieldList(FormField(LotForm), min_entries=1, max_entries=LOTS_LIMIT)

    applicants = SelectMultipleField(
        _l("可以申请的主体"),
        [InputRequired(_l("请至少选择一项"))],
        choices=[
            (str(Applicant.NATURAL_PERSON), _l("自然人")),
            (str(Applicant.LEGAL_PERSON), _l("法人")),
            (str(Applicant.OTHER_ORGANISATION), _l("其他组织")),
        ],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    origin = choice(
        _l("申请人范围"),
        [(Origin.INSIDE_AND_OUTSIDE, _l("境内外")), (Origin.INSIDE, _l("境内"))],
        Origin,
        Origin.INSIDE_AND_OUTSIDE,
    )
    application_way = SelectField(
        _l("申请方式"),
        choices=[
            ("either", _l("可以单独申请，也可以联合申请")),
            ("single", _l("须单独申请")),
            ("joint", _l("须联合申请")),
        ],
    )

    notice_start = BeijingField(_l("挂牌公告开始"))
    notice_end = BeijingField(_l("挂牌公告截止"))
    application_start = BeijingField(_l("挂牌申请开始"))
    application_end = BeijingField(_l("挂牌申请截止"))
    deposit_deadline = BeijingField(_l("竞买保证金截止"))
    listing_start = BeijingField(_l("挂牌报价开始"))
    listing_end = BeijingField(_l("挂牌报价截止"))
    live_round_start = BeijingField(_l("限时竞价开始"))

    reserve = choice(
        _l("底价"),
        [(Reserve.NONE, _l("不设底价")), (Reserve.SEALED, _l("设有底价"))],
        Reserve,
        Reserve.NONE,
    )
    price_rule = choice(
        _l("竞得规则"),
        [(PriceRule.ASCENDING_HIGHEST_WINS, _l("增价方式，价高者得"))],
        PriceRule,
        PriceRule.ASCENDING_HIGHEST_WINS,
    )
    certificate_office = words(_l("数字证书办理机构"))
    platform_name = words(_l("交易网站名称"))
    platform_url = words(_l("交易网站网址"))
    platform_section = words(_l("网站栏目"))
    payer_rule = choice(
        _l("保证金付款账户"),
        [
            (PayerRule.BASIC_ACCOUNT, _l("申请人基本户")),
            (PayerRule.ANY_OWN_ACCOUNT, _l("申请人本单位任一账户")),
        ],
        PayerRule,
        PayerRule.BASIC_ACCOUNT,
    )
    single_payment = BooleanField(_l("须一次性缴足"))
    arrival_basis = choice(
        _l("到账时间"),
        [(ArrivalBasis.BANK_CREDIT, _l("以银行到账时间为准"))],
        ArrivalBasis,
        ArrivalBasis.BANK_CREDIT,
    )
    timed_trigger = choice(
        _l("进入限时竞价的条件"),
        [
            (TimedTrigger.QUOTED_GE_2, _l("截止时 2 个以上竞买人报价")),
            (TimedTrigger.QUOTED_LAST_HOUR_GE_2, _l("截止前 1 小时内 2 个以上竞买人报价")),
            (TimedTrigger.QUALIFIED_GE_2, _l("2 个以上竞买人取得资格")),
            (TimedTrigger.ALWAYS, _l("一律进入")),
            (TimedTrigger.NEVER, _l("不进行限时竞价")),
        ],
        TimedTrigger,
        TimedTrigger.QUOTED_GE_2,
    )
    winner_submit_days = IntegerField(
        _l("竞得后上传资料的期限"),
        [required(), NumberRange(1, 30, _l("须为 1 至 30 的整数"))],
    )
    winner_submit_unit = choice(
        _l("期限单位"),
        [(DayUnit.DAY, _l("日")), (DayUnit.WORKDAY, _l("工作日"))],
        DayUnit,
        DayUnit.DAY,
    )
    clauses = lines(_l("其他条款"), needed=False)
    grantor_contact = FormField(ContactForm, _l("出让方"))
    agency_contact = FormField(ContactForm, _l("交易机构"))
    signed_by = words(_l("落款单位"))
    signed_on = DateField(_l("落款日期"), [required()])

    countdown_first_seconds = IntegerField(
        _l("首次倒计时"), [required(), NumberRange(15, 1800, _l("须为 15 至 1800 的整数"))]
    )
    countdown_seconds = IntegerField(
        _l("每次有效报价后重新计时"),
        [required(), NumberRange(15, 1800, _l("须为 15 至 1800 的整数"))],
    )
    timed_entry = choice(
        _l("可以进入限时竞价的人"),
        [
            (TimedEntry.QUOTED_ONLY, _l("只有挂牌期内已报价的竞买人")),
            (TimedEntry.QUALIFIED_ALL, _l("所有取得竞买资格的竞买人")),
        ],
        TimedEntry,
        TimedEntry.QUOTED_ONLY,
    )
    increment_mode = choice(
        _l("加价方式"),
        [
            (IncrementMode.AT_LEAST, _l("每次加价不少于增加幅度")),
            (IncrementMode.MULTIPLE, _l("每次加价须为增加幅度的整数倍")),
        ],
        IncrementMode,
        IncrementMode.AT_LEAST,
    )

    def content(self) -> Content | None:
        """The notice that was typed; None if something is wrong, with the errors at the fields."""
        if not self.validate():
            return None
        try:
            return Content(notice_from_dict(self._plain()), self._unstated())
        except NoticeError as error:
            for problem in error.problems:
                self._tell(problem.field, problem.code)
            return None

    def forgive_blanks(self) -> int:
        """Take back the errors of fields that nobody has filled in yet; how many those are."""
        blank = 0
        for field in leaves(self):
            if field.errors and not any(str(text).strip() for text in field.raw_data or ()):
                field.errors = []
                blank += 1
        return blank

    def problems(self) -> list[dict[str, str]]:
        """Every error with a link to its field, for the summary at the top."""
        found = [{"text": str(error)} for error in self.form_errors]
        for field in leaves(self):
            found += [
                {"text": f"{caption(self, field)}：{error}", "href": f"#{field.id}"}
                for error in field.errors
            ]
        return found

    # --- the shapes of core.notice ------------------------------------------------------------

    def _plain(self) -> dict[str, Any]:
        single, joint = APPLICATION_WAYS[self.application_way.data]
        return {
            **{
                name: self[name].data
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
                "applicants": list(self.applicants.data),
                "origin": str(self.origin.data),
                "single_allowed": single,
                "joint_allowed": joint,
            },
            "terms": {
                "reserve": str(self.reserve.data),
                "price_rule": str(self.price_rule.data),
                "payer_rule": str(self.payer_rule.data),
                "single_payment": bool(self.single_payment.data),
                "arrival_basis": str(self.arrival_basis.data),
                "timed_trigger": str(self.timed_trigger.data),
                "winner_submit_days": self.winner_submit_days.data,
                "winner_submit_unit": str(self.winner_submit_unit.data),
            },
            "platform": {
                "certificate_office": self.certificate_office.data,
                "name": self.platform_name.data,
                "url": self.platform_url.data,
                "section": self.platform_section.data,
            },
            "windows": {
                **{
                    name: {
                        "start": _utc_text(self[f"{name}_start"]),
                        "end": _utc_text(self[f"{name}_end"]),
                    }
                    for name in _WINDOWS
                },
                "deposit_deadline": _utc_text(self.deposit_deadline),
                "live_round_start": _utc_text(self.live_round_start),
            },
            "lots": [_lot_plain(entry.form) for entry in self.lots],
            "clauses": list(self.clauses.data),
            "contacts": [
                {"role": str(role), **_contact_plain(self[f"{role}_contact"].form)}
                for role in ContactRole
            ],
            "signed_on": self.signed_on.data.isoformat(),
            "source": {
                "kind": str(SourceKind.DRAFTED),
                "note": "在本系统起草",
                "added": list(_ADDED),
            },
        }

    def _unstated(self) -> Unstated:
        return Unstated(
            increment_mode=self.increment_mode.data,
            timed_entry=self.timed_entry.data,
            countdown_first_seconds=self.countdown_first_seconds.data,
            countdown_seconds=self.countdown_seconds.data,
        )

    def _tell(self, path: str, code: str) -> None:
        parts = path.split(".")
        said = input_problem(code)
        if parts[0] == "lots" and len(parts) > 1 and code.startswith(("BOUNDARY", "RING", "POS")):
            field = self.lots[int(parts[1])].form.boundary
            field.errors = [*field.errors, said]
        else:
            self.form_errors.append(said)


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
        **asdict(unstated),
        "kind": str(kind),
        "certificate_office": notice.platform.certificate_office,
        "application_way": ways[
            notice.eligibility.single_allowed, notice.eligibility.joint_allowed
        ],
        "deposit_deadline": windows.deposit_deadline,
        "live_round_start": windows.live_round_start,
        "clauses": notice.clauses,
        "signed_on": notice.signed_on,
        "lots": [_lot_data(notice, place) for place in range(len(notice.lots))],
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
    """What a field is called outside its place: `第 2 宗 · 容积率 · 数值`."""
    for group in (*form, *(part for lot in form.lots for part in lot.form)):
        if isinstance(group, FormField) and field in tuple(group.form):
            return f"{group.label.text} · {field.label.text}"
    return str(field.label.text)


def _utc_text(field: BeijingField) -> str:
    from datetime import UTC

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


def _lot_data(notice: NoticeFacts, place: int) -> dict[str, Any]:
    lot = notice.lots[place]
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
    if start is None:
        return
    gap = first_day - start.date()
    for field in (*form,):
        if isinstance(field, BeijingField) and field.data is not None:
            field.data += gap
            field.raw_data = None
    if form.signed_on.data is not None:
        form.signed_on.data += gap
        form.signed_on.raw_data = None
