"""The file by which a revocation list is brought by hand."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField


class ListForm(FlaskForm):
    """A revocation list of an authority in the trust store."""

    file = FileField(
        _l("吊销列表文件"),
        description=_l(
            "PEM 或 DER 格式（.crl、.pem），不超过 16 MB。"
            "签名、编号和时间核对无误才启用；编号较低的不接受。"
        ),
    )
