"""The enrolment form as it is typed."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice

from auction.presenting import enrolment as wording
from auction.services.enrolment.form import KINDS, FormFlaw
from auction.services.people import Enrolment


class EnrolmentForm(FlaskForm):
    """What the asker fills in; what is wrong with it is found by services.enrolment.form."""

    class Meta:
        csrf = False  # the site checks the token of every POST

    kind = RadioField(
        _l("主体类型"),
        choices=[
            SelectChoice(KINDS[0], _l("企业")),
            SelectChoice(KINDS[1], _l("自然人（个人）")),
            SelectChoice(KINDS[2], _l("其他组织（事业单位、社会组织等）")),
        ],
        validate_choice=False,  # flaws() says it in our words
    )
    name = StringField(_l("名称（姓名）"), description=_l("与营业执照、登记证书或身份证件一致。"))
    id_code = StringField(
        _l("统一社会信用代码或公民身份号码"), description=_l("18 位；自然人填公民身份号码。")
    )
    contact = StringField(_l("联系人"))
    phone = StringField(_l("联系电话"))
    account_number = StringField(
        _l("基本户账号"),
        description=_l("保证金须由此账户汇出，并退回此账户；自然人填本人银行账户。"),
    )
    account_bank = StringField(_l("开户银行"))

    @classmethod
    def of(cls, form: Enrolment) -> "EnrolmentForm":
        """The form with what is known filled in."""
        return cls(formdata=None, data={name: getattr(form, name) for name in form.__slots__})

    def enrolment(self) -> Enrolment:
        """What was typed."""
        return Enrolment(**{name: getattr(self, name).data or "" for name in Enrolment.__slots__})

    def tell(self, flaws: list[FormFlaw]) -> None:
        """Put each flaw's sentence at its field."""
        for one in flaws:
            field = getattr(self, one.at)
            field.errors = [*field.errors, wording.flaw(one)]
