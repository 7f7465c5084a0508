"""Fields for the facts of a notice: they keep what was typed and say what is wrong with it."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, Form, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from auction.core.money import MM2_PER_M2, MoneyError, from_wan, to_wan_text
from auction.core.notice import Comparator, Index, InvalidFact, Unit, UseTerm
from auction.core.workdays import BEIJING
from auction.documents.chinese import area_text
from auction.presenting.notices import input_problem

_AREA = re.compile(r"(\d{1,9}|\d{1,3}(?:,\d{3}){1,2})(?:\.(\d{1,6}))?", re.ASCII)
_TERM = re.compile(r"(.*\S)\s*[:：]?\s+(\d{1,3})\s*年?")
LINES_LIMIT = 200
TEXT_LIMIT = 20_000
FULL_WIDTH = str.maketrans("０１２３４５６７８９．，", "0123456789.,")


class Malformed(ValueError):
    """Input that a field cannot read; its text is the sentence for the person."""

    def __init__(self, code: str) -> None:
        super().__init__(input_problem(code))


class Typed(StringField):
    """A one-line field whose data is not the text itself."""

    def __init__(self, label: Any, validators: Any = (), **kwargs: Any) -> None:
        super().__init__(label, [required(), *validators], **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and valuelist[0].strip():
            self.data = self.read(valuelist[0].strip().translate(FULL_WIDTH))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.written(self.data)

    def read(self, text: str) -> Any:
        """The value of `text`; Malformed."""
        raise NotImplementedError

    def written(self, value: Any) -> str:
        """The text of a value."""
        raise NotImplementedError


class WanField(Typed):
    """Fen, typed in 万元."""

    def read(self, text: str) -> int:
        try:
            return from_wan(text)
        except MoneyError as error:
            raise Malformed(error.code) from None

    def written(self, value: int) -> str:
        return to_wan_text(value)


class AreaField(Typed):
    """Square millimetres, typed in 平方米."""

    def read(self, text: str) -> int:
        match = _AREA.fullmatch(text)
        if match is None:
            raise Malformed("AREA_MALFORMED")
        return int(match[1].replace(",", "")) * MM2_PER_M2 + int((match[2] or "").ljust(6, "0"))

    def written(self, value: int) -> str:
        return area_text(value)


class BeijingField(DateTimeLocalField):
    """An aware UTC instant, typed as the time on Beijing's clocks."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]
        super().__init__(label, [required()], format=formats, **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        for form in self.strptime_format:
            try:
                naive = datetime.strptime(text, form)  # noqa: DTZ007 - the zone is the field's own
            except ValueError:
                continue
            # The years keep away from the calendar's ends, as in the notice's own data.
            if 1950 <= naive.year < 2200:
                self.data = naive.replace(tzinfo=BEIJING)
                return
        raise Malformed("INSTANT_MALFORMED")

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        local = self.data.astimezone(BEIJING)
        return local.strftime("%Y-%m-%dT%H:%M:%S" if local.second else "%Y-%m-%dT%H:%M")


class LinesField(TextAreaField):
    """A list of texts, one a line; blank lines do not count."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0] if valuelist else ""
        if len(text) > TEXT_LIMIT:
            raise Malformed("TOO_LONG")
        self.data = self.read([line.strip() for line in text.splitlines() if line.strip()])

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "\n".join(self.written(item) for item in self.data or ())

    def read(self, lines: list[str]) -> tuple[Any, ...]:
        """The values of the lines; Malformed."""
        if len(lines) > LINES_LIMIT:
            raise Malformed("TOO_MANY")
        return tuple(lines)

    def written(self, item: Any) -> str:
        """The line of a value."""
        return str(item)


class TermsField(LinesField):
    """Years for each use (出让年限): `工业用地 50` a line."""

    def read(self, lines: list[str]) -> tuple[UseTerm, ...]:
        found = []
        for line in super().read(lines):
            match = _TERM.fullmatch(line.translate(FULL_WIDTH))
            if match is None:
                raise Malformed("TERMS_MALFORMED")
            try:
                found.append(UseTerm(match[1], int(match[2])))
            except InvalidFact as error:
                raise Malformed(error.code) from None
        return tuple(found)

    def written(self, item: UseTerm) -> str:
        return f"{item.use} {item.years}"


def required() -> InputRequired:
    """The validator of a field that a notice cannot do without."""
    return InputRequired(_l("请填写"))


def words(label: Any, limit: int = 200, **kwargs: Any) -> StringField:
    """A short text that must be there."""
    return StringField(
        label,
        [required(), Length(max=limit, message=_l("最多 %(max)d 个字"))],
        filters=[_stripped],
        **kwargs,
    )


def lines(label: Any, needed: bool = True, **kwargs: Any) -> LinesField:
    """A list of texts, one a line."""
    return LinesField(label, [required() if needed else Optional()], **kwargs)


def choice(
    label: Any, options: Any, coerce: Callable[[Any], Any], default: Any, **kwargs: Any
) -> SelectField:
    """One of a closed list; `options` are (member, words)."""
    choices = [SelectChoice(str(member), text) for member, text in options]
    return SelectField(label, choices=choices, coerce=coerce, default=str(default), **kwargs)


def _stripped(text: str | None) -> str | None:
    return text.strip() if text else text


class IndexForm(Form):
    """A planning index: comparator from a list, value, and the upper value of a range."""

    needed = True
    """Whether every notice states it."""

    op = SelectField(
        _l("如何约束"),
        choices=[
            SelectChoice("", _l("请选择")),
            SelectChoice(str(Comparator.AT_LEAST), _l("不低于")),
            SelectChoice(str(Comparator.AT_MOST), _l("不高于")),
            SelectChoice(str(Comparator.EQUAL), _l("等于")),
            SelectChoice(str(Comparator.RANGE), _l("区间")),
        ],
    )
    value = StringField(_l("数值"), filters=[_stripped])
    upper = StringField(_l("上限"), filters=[_stripped])

    def given(self) -> bool:
        """Whether anything was filled in."""
        return bool(self.op.data or self.value.data or self.upper.data)

    def index(self, unit: Unit) -> Index:
        """The index; Malformed."""
        try:
            return Index(Comparator(self.op.data), self.value.data, self.upper.data or None, unit)
        except InvalidFact as error:
            raise Malformed(error.code) from None

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if not self.given():
            if self.needed:
                self.op.errors = [_l("请填写")]
            return not self.needed
        if not self.op.data:
            self.op.errors = [_l("请选择如何约束，数字本身不说明是下限还是上限")]
        elif not self.value.data:
            self.value.errors = [_l("请填写")]
        else:
            try:
                self.index(Unit.NONE)
            except Malformed as error:
                self.value.errors = [str(error)]
                return False
            return True
        return False


class OptionalIndexForm(IndexForm):
    """An index that a notice may leave out."""

    needed = False
