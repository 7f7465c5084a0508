"""Forms of the audit pages: filtering events, opening identities, notes, absences."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from auction.core.events import EVENT_TYPES
from auction.core.workdays import BEIJING
from auction.presenting import registers
from auction.services.audit import Ground

PLATE_LENGTH = 12
_FINGERPRINT = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Group(StrEnum):
    """Records that an auditor looks for together."""

    STOPS = "stops"
    STAFF = "staff"
    CLOCK = "clock"


_GROUPS = {
    Group.STOPS: frozenset(
        {"suspended", "resumption_set", "listing_resumed", "round_resumed", "terminated"}
    ),
    Group.CLOCK: frozenset({"clock_off", "outage_recorded"}),
}


def group_word(group: Group) -> str:
    """What a group of records is called."""
    words = {
        Group.STOPS: _("中止与终止"),
        Group.STAFF: _("工作人员操作"),
        Group.CLOCK: _("时钟与服务中断"),
    }
    return words[group]


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which records of a lot's log are wanted; what no record can match is left out."""

    types: tuple[str, ...]
    refusals: bool
    plate: str
    group: Group | None = None

    @classmethod
    def read(cls, args: MultiDict[str, str]) -> Self:
        """From the query of a request; unknown types are ignored."""
        return cls(
            tuple(name for name in EVENT_TYPES if name in args.getlist("type")),
            args.get("refusals") == "1",
            args.get("plate", "").strip()[:PLATE_LENGTH],
            next((group for group in Group if group == args.get("group")), None),
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
        if self.group:
            found["group"] = str(self.group)
        return found

    def admits(self, name: str, plate: str, staff: bool = False) -> bool:
        """Whether a record of this type that names this plate (or none: '') is wanted; `staff`:
        an officer did it."""
        return (
            (
                self.group is None
                or (staff if self.group is Group.STAFF else name in _GROUPS[self.group])
            )
            and (not self.types or name in self.types)
            and (not self.refusals or name == "bid_refused")
            and (not self.plate or plate == self.plate)
        )

    def _in_group(self, name: str, staff: bool) -> bool:
        return staff if self.group is Group.STAFF else name in _GROUPS.get(self.group, ())


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


class NoteForm(FlaskForm):
    """A note on a finding: kept for good."""

    note = TextAreaField(
        _l("备注"),
        validators=[
            DataRequired(_l("请写明备注，例如已告知谁、如何处理。")),
            Length(min=4, max=1000, message=_l("请写 4 至 1000 个字。")),
        ],
        filters=[lambda text: text.strip() if text else text],
        description=_l("写入后不能修改或删除，可以再写一条。请勿写入单位或个人的名称。"),
    )


def _stripped(text: str | None) -> str:
    return (text or "").strip()


class AbsenceForm(FlaskForm):
    """Whose request is said not to have arrived, and when."""

    lot = SelectField(_l("宗地"))
    plate = StringField(
        _l("号牌"),
        filters=[_stripped],
        validators=[Length(max=PLATE_LENGTH, message=_l("号牌最长 12 个字符。"))],
    )
    certificate = StringField(
        _l("证书指纹"),
        filters=[lambda text: _stripped(text).replace(":", "").replace(" ", "").lower()],
        description=_l("SHA-256，64 位十六进制；竞价结束后才能按证书查。"),
    )
    since = StringField(
        _l("自"),
        filters=[_stripped],
        description=_l("北京时间，例如 2024-11-11 14:34:00，可写毫秒。"),
    )
    until = StringField(_l("至（含）"), filters=[_stripped])
    ground = SelectField(_l("事由"))
    reason = TextAreaField(
        _l("说明及文号"),
        filters=[_stripped],
        description=_l("选择事由的，必须填写；将写入登记日志。请勿写入单位或个人的名称。"),
    )

    def validate_certificate(self, field: StringField) -> None:
        """64 hexadecimal digits, or nothing."""
        if field.data and not _FINGERPRINT.fullmatch(field.data):
            raise ValidationError(_("指纹应为 64 位十六进制字符。"))

    def validate_since(self, field: StringField) -> None:
        """An instant as Beijing's clocks show it."""
        self.since_at = _beijing(field.data)

    def validate_until(self, field: StringField) -> None:
        """The same."""
        self.until_at = _beijing(field.data)

    def validate_reason(self, field: TextAreaField) -> None:
        """Needed with a ground."""
        if self.ground.data and not 4 <= len(field.data) <= 200:
            raise ValidationError(_("请写 4 至 200 个字，不要写入单位或个人的名称。"))


def _beijing(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise ValidationError(_("请写完整的日期和时间，例如 2024-11-11 14:34:00。")) from None
    if found.tzinfo is not None or ":" not in text:
        raise ValidationError(_("请写完整的日期和时间，例如 2024-11-11 14:34:00。"))
    return found.replace(tzinfo=BEIJING).astimezone(UTC)
