"""Figures, dates and planning indices in the spelling of Chinese official documents."""

from datetime import date, datetime

from auction.core.money import MM2_PER_M2, integer_capitals, to_wan_text
from auction.core.notice import Comparator, Index, Unit
from auction.core.workdays import BEIJING

_NUMERALS = "零一二三四五六七八九"
_WEEKDAYS = "一二三四五六日"
_SIGNS = {Comparator.AT_LEAST: "≥", Comparator.AT_MOST: "≤", Comparator.EQUAL: ""}
_WORDS = {Comparator.AT_LEAST: "不低于", Comparator.AT_MOST: "不高于", Comparator.EQUAL: "等于"}
_UNITS = {Unit.NONE: "", Unit.PERCENT: "%", Unit.METRE: "米", Unit.WAN_PER_MU: "万元/亩"}


def numeral(number: int) -> str:
    """Numbers of sections, 1 to 99: 一, 十一, 二十."""
    tens, ones = divmod(number, 10)
    text = ("" if tens == 1 else _NUMERALS[tens]) + "十" if tens else ""
    return text + (_NUMERALS[ones] if ones or not tens else "")


def counted(number: int) -> str:
    """A number before a measure word: 一, 两, 三."""
    return "两" if number == 2 else numeral(number)


def day_text(day: date) -> str:
    """`2024年11月9日`."""
    return f"{day.year}年{day.month}月{day.day}日"


def instant_text(instant: datetime) -> str:
    """`2024年11月9日16:00` in Beijing time, with seconds only where there are any."""
    local = instant.astimezone(BEIJING)
    seconds = f":{local:%S}" if local.second or local.microsecond else ""
    return f"{day_text(local.date())}{local:%H:%M}{seconds}"


def full_instant_text(instant: datetime) -> str:
    """`2024年11月9日（周六）16:00:00`, the spelling of deadlines outside the notice's own text.

    Milliseconds are added where they decide, such as the time of a deal.
    """
    local = instant.astimezone(BEIJING)
    millis = f".{local.microsecond // 1000:03d}" if local.microsecond else ""
    return f"{day_with_weekday(local.date())}{local:%H:%M:%S}{millis}"


def day_with_weekday(day: date) -> str:
    """`2024年11月9日（周六）`."""
    return f"{day_text(day)}（周{_WEEKDAYS[day.weekday()]}）"


def area_text(area_mm2: int) -> str:
    """Square metres, at least two decimals, not grouped: `34477.45`."""
    whole, rest = divmod(area_mm2, MM2_PER_M2)
    decimals = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{whole}.{decimals}"


def area_capitals(area_mm2: int) -> str:
    """`叁万肆仟肆佰柒拾柒点肆伍平方米`."""
    whole, rest = divmod(area_mm2, MM2_PER_M2)
    decimals = "".join(integer_capitals(int(digit)) for digit in f"{rest:06d}".rstrip("0"))
    return integer_capitals(whole) + (f"点{decimals}" if decimals else "") + "平方米"


def plain_wan(fen: int) -> str:
    """万元 without grouping, as the notice's table prints it: `1549`."""
    return to_wan_text(fen).replace(",", "")


def index_signs(index: Index) -> str:
    """An index as in the notice's table: `≥1.1`, `20%`, `≤50米`, `1.0～1.5`."""
    unit = _UNITS[index.unit]
    if index.upper is not None:
        return f"{index.value}{unit}～{index.upper}{unit}"
    return f"{_SIGNS[index.op]}{index.value}{unit}"


def index_words(index: Index) -> str:
    """An index as in a sentence: `不低于300万元/亩`."""
    unit = _UNITS[index.unit]
    if index.upper is not None:
        return f"{index.value}{unit}至{index.upper}{unit}"
    return f"{_WORDS[index.op]}{index.value}{unit}"


def listed(words: tuple[str, ...]) -> str:
    """`自然人、法人和其他组织`."""
    return "和".join(part for part in ("、".join(words[:-1]), words[-1]) if part)


def span_text(seconds: int) -> str:
    """A duration: `5分钟`, `1分30秒`, `45秒`."""
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return f"{rest}秒"
    return f"{minutes}分{rest}秒" if rest else f"{minutes}分钟"


def percent_text(basis_points: int) -> str:
    """Basis points as a percentage with two decimals: `25.82%`."""
    whole, rest = divmod(abs(basis_points), 100)
    return f"{'-' if basis_points < 0 else ''}{whole}.{rest:02d}%"
