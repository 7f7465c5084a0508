"""Forms of the award pages: one paper, one opinion."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice

from auction.presenting import awards as wording
from auction.services.awards import GROUNDS, PAPERS, Proposal


class PaperForm(FlaskForm):
    """Upload of one paper; the service judges its content."""

    kind = HiddenField()
    file = FileField(_l("文件"))

    @classmethod
    def every(cls) -> dict[str, "PaperForm"]:
        """An empty form for each kind of paper, with ids of its own on the page."""
        return {kind: cls.of(kind) for kind in PAPERS}

    @classmethod
    def of(cls, kind: str) -> "PaperForm":
        """The form of one kind, empty."""
        made = cls(formdata=None, kind=kind)
        made.file.id = f"file-{kind}"
        made.kind.id = f"kind-{kind}"
        return made


class OpinionForm(FlaskForm):
    """The first officer's opinion."""

    proposal = RadioField(
        _l("审核意见"),
        choices=[
            SelectChoice(str(Proposal.SUFFICIENT), _l("资料齐全、符合要求，建议确认成交")),
            SelectChoice(str(Proposal.VOID), _l("建议作废")),
        ],
        validate_choice=False,
    )
    ground = SelectField(
        _l("作废原因"),
        description=_l("仅在作废时选择；原因代码写入公开记录。"),
        validate_choice=False,
    )
    note = TextAreaField(
        _l("理由"),
        description=_l("写明核对了什么、事实和依据。加密保存，不公开；作废时必填。"),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        grounds = [SelectChoice(code, wording.ground(code)) for code in GROUNDS]
        self.ground.choices = [SelectChoice("", ""), *grounds]
