"""Forms of the audit pages: filtering a lot's events, opening its identities."""

from dataclasses import dataclass
from typing import Self

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import SelectField, TextAreaField
from wtforms.validators import DataRequired, Length

from auction.core.events import EVENT_TYPES
from auction.presenting import registers
from auction.services.audit import Ground

PLATE_LENGTH = 12


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which records of a lot's log are wanted; what no record can match is left out."""

    types: tuple[str, ...]
    refusals: bool
    plate: str

    @classmethod
    def read(cls, args: MultiDict[str, str]) -> Self:
        """From the query of a request; unknown types are ignored."""
        return cls(
            tuple(name for name in EVENT_TYPES if name in args.getlist("type")),
            args.get("refusals") == "1",
            args.get("plate", "").strip()[:PLATE_LENGTH],
        )

    def query(self) -> dict[str, str | list[str]]:
        """The same as a query."""
        found: dict[str, str | list[str]] = {}
        if self.types:
            found["type"] = list(self.types)
        if self.refusals:
            found["refusals"] = "1"
        if self.plate:
            found["plate"] = self.plate
        return found

    def admits(self, name: str, plate: str) -> bool:
        """Whether a record of this type that names this plate (or none: '') is wanted."""
        return (
            (not self.types or name in self.types)
            and (not self.refusals or name == "bid_refused")
            and (not self.plate or plate == self.plate)
        )


class IdentitiesForm(FlaskForm):
    """Why an auditor opens the identities of a lot; both answers go into the register."""

    ground = SelectField(
        _l("事由"),
        choices=lambda: [(str(ground), registers.ground_word(ground)) for ground in Ground],
    )
    reason = TextAreaField(
        _l("说明及文号"),
        validators=[
            DataRequired(_l("请写明理由，例如核查通知书的文号。")),
            Length(min=4, max=200, message=_l("请写 4 至 200 个字，不要写入单位或个人的名称。")),
        ],
        filters=[lambda text: text.strip() if text else text],
        description=_l("将写入登记日志。请勿写入单位或个人的名称。"),
    )
