"""The form that brings a bank's statement."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField


class StatementForm(FlaskForm):
    """One statement file; what is wrong with it is said line by line, not by the field."""

    file = FileField(
        _l("银行流水文件"),
        description=_l(
            "CSV（UTF-8 或 GBK）或 JSON，不超过 2 MB。整份读取，有一行无法识别即不导入。"
        ),
    )
