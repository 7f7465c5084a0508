"""The draft of a notice as a form, in the order of the notice."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from auction.core.notice import (
    Applicant,
    ArrivalBasis,
    Origin,
    PayerRule,
    PriceRule,
    Reserve,
)
from auction.core.profile import DayUnit, TimedTrigger
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
from auction.web.forms.rules import OptionalWanField, RuleFields, variant_choices

LOTS_LIMIT = 20


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
    step_timed = OptionalWanField(_l("限时竞价的增加幅度"))
    cap = OptionalWanField(_l("最高限价"))
    follows = StringField(_l("接续的前次挂牌"), [Optional(), Length(max=60)])
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


class NoticeForm(RuleFields, FlaskForm):
    """All facts of a notice, and below them what it leaves to the rule profile."""

    class Meta:
        # The site checks the token of every POST; a draft is also read back without one.
        csrf = False

    kind = SelectField(
        _l("性质"),
        choices=[
            SelectChoice(str(SaleKind.REHEARSAL), _l("演练（不产生法律效力）")),
            SelectChoice(str(SaleKind.REAL), _l("正式")),
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
            SelectChoice(str(Applicant.NATURAL_PERSON), _l("自然人")),
            SelectChoice(str(Applicant.LEGAL_PERSON), _l("法人")),
            SelectChoice(str(Applicant.OTHER_ORGANISATION), _l("其他组织")),
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
            SelectChoice("either", _l("可以单独申请，也可以联合申请")),
            SelectChoice("single", _l("须单独申请")),
            SelectChoice("joint", _l("须联合申请")),
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
            (TimedTrigger.ASKED, _l("截止后询问，有人愿意即进入")),
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

    variant = SelectField(_l("规则方案"), choices=variant_choices, default="")
