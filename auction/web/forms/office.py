"""Small forms of the duty console."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from auction.web.forms.fields import BeijingField


class ResumptionForm(FlaskForm):
    """When a suspended sale goes on."""

    class Meta:
        csrf = False  # the site checks the token of every POST

    at = BeijingField(_l("恢复时间"))
