"""Amounts of money: whole fen in memory, exact decimal text at the edge, never a float.

Units: 1 元 = 100 fen, 1 万元 = 1 000 000 fen. Areas are whole square millimetres. Every rounding
is half up, and only figures for reading (unit prices, percentages) are rounded at all.
"""

import re
from typing import Final

FEN_PER_YUAN: Final = 100
FEN_PER_WAN: Final = 1_000_000
MAX_FEN: Final = 10**15 - 1
"""Just under ten trillion 元: fits the capitals below and the 2^53 of stored integers."""

MM2_PER_M2: Final = 1_000_000
_MU_PER_TEN_THOUSAND_M2: Final = 15

_PLAIN = re.compile(r"(\d+)(?:\.(\d+))?", re.ASCII)
_GROUPED = re.compile(r"(\d{1,3}(?:,\d{3})+)(?:\.(\d+))?", re.ASCII)

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
_GROUPS: Final = ("", "万", "亿", "万亿")


class MoneyError(ValueError):
    """An amount that cannot be taken.

    Codes: AMOUNT_MALFORMED (not a plain decimal number), AMOUNT_TOO_FINE (finer than a fen),
    AMOUNT_TOO_LARGE (above MAX_FEN), AMOUNT_NEGATIVE, AREA_NOT_POSITIVE, BASE_NOT_POSITIVE.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


def from_wan(text: str) -> int:
    """Fen of an amount in 万元, such as `1549`, `1,549` or `774.995`. Raises MoneyError."""
    return _parse(text, decimals=6)


def from_yuan(text: str) -> int:
    """Fen of an amount in 元, such as `15490000` or `15,490,000.00`. Raises MoneyError."""
    return _parse(text, decimals=2)


def _parse(text: str, decimals: int) -> int:
    match = _PLAIN.fullmatch(text) or _GROUPED.fullmatch(text)
    if match is None:
        raise MoneyError("AMOUNT_MALFORMED", text)
    whole, fraction = match[1].replace(",", ""), (match[2] or "").rstrip("0")
    if len(fraction) > decimals:
        raise MoneyError("AMOUNT_TOO_FINE", text)
    # Lengths first: turning a very long digit string into an int is itself an attack.
    if len(whole.lstrip("0")) + decimals > len(str(MAX_FEN)):
        raise MoneyError("AMOUNT_TOO_LARGE", text)
    return int(whole + fraction.ljust(decimals, "0"))


def to_wan_text(fen: int, places: int | None = None) -> str:
    """万元 grouped by three: `1,549`, `774.995`; exact, or rounded half up to `places`."""
    if places is None:
        text = _decimal_text(fen, 6)
        return text.rstrip("0").rstrip(".")
    return _decimal_text(divide(fen, 10 ** (6 - places)), places)


def to_yuan_text(fen: int) -> str:
    """元 grouped by three with two decimals: `15,490,000.00`."""
    return _decimal_text(fen, 2)


def _decimal_text(units: int, decimals: int) -> str:
    sign = "-" if units < 0 else ""
    whole, rest = divmod(abs(units), 10**decimals)
    return f"{sign}{whole:,}" + (f".{rest:0{decimals}d}" if decimals else "")


def capitals(fen: int) -> str:
    """Financial capitals: `人民币壹仟伍佰肆拾玖万元整`. Raises MoneyError.

    After the basic rules for filling in payment instruments (支付结算办法, annex 1): 整 after 元
    and 角, none after 分; one 零 for any run of zeros inside a number; 零 between 元 and 角 or 分
    when the digit beside it is zero.
    """
    if fen < 0:
        raise MoneyError("AMOUNT_NEGATIVE", str(fen))
    if fen > MAX_FEN:
        raise MoneyError("AMOUNT_TOO_LARGE", str(fen))
    yuan, cents = divmod(fen, FEN_PER_YUAN)
    jiao, fraction = divmod(cents, 10)
    text = "人民币"
    if yuan or not cents:
        text += integer_capitals(yuan) + "元"
    if not cents:
        return text + "整"
    if yuan and (jiao == 0 or yuan % 10 == 0):
        text += "零"
    if jiao:
        text += _DIGITS[jiao] + "角"
    return text + (_DIGITS[fraction] + "分" if fraction else "整")


def integer_capitals(number: int) -> str:
    """A whole number from 0 below 10^16 in financial capitals without a unit."""
    if number == 0:
        return "零"
    text, pending_zero = "", False
    for power in range(len(_GROUPS) - 1, -1, -1):
        group = number // 10 ** (4 * power) % 10_000
        if not group:
            pending_zero = bool(text)
            continue
        if text and (pending_zero or group < 1000):
            text += "零"
        pending_zero = False
        # 万亿 is 万 before the 亿 that a following group may bring: 壹万贰仟亿.
        hundred_millions_follow = power == 3 and number // 10**8 % 10_000
        text += _group_capitals(group) + ("万" if hundred_millions_follow else _GROUPS[power])
    return text


def _group_capitals(group: int) -> str:
    text, pending_zero = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit:
            text += ("零" if pending_zero else "") + _DIGITS[digit] + _PLACES[place]
            pending_zero = False
        else:
            pending_zero = bool(text)
    return text


def divide(numerator: int, denominator: int) -> int:
    """Quotient of whole numbers, rounded half up (away from zero)."""
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    numerator, denominator = abs(numerator), abs(denominator)
    return sign * ((2 * numerator + denominator) // (2 * denominator))


def per_m2_fen(total_fen: int, area_mm2: int) -> int:
    """Fen for one square metre of land, rounded half up to the fen."""
    return divide(total_fen * MM2_PER_M2, _positive_area(area_mm2))


def per_mu_fen(total_fen: int, area_mm2: int) -> int:
    """Fen for one 亩 (1/15 hectare), rounded half up to the fen."""
    return divide(
        total_fen * 10_000 * MM2_PER_M2, _positive_area(area_mm2) * _MU_PER_TEN_THOUSAND_M2
    )


def milli_mu(area_mm2: int) -> int:
    """The area in thousandths of a 亩, rounded half up: 34,477.45 m² are 51,716."""
    return divide(area_mm2 * _MU_PER_TEN_THOUSAND_M2 * 1000, 10_000 * MM2_PER_M2)


def _positive_area(area_mm2: int) -> int:
    if area_mm2 <= 0:
        raise MoneyError("AREA_NOT_POSITIVE", str(area_mm2))
    return area_mm2


def ratio_bp(part_fen: int, whole_fen: int) -> int:
    """How much of `whole_fen` is `part_fen`, in basis points (1/100 of a percent), half up."""
    if whole_fen <= 0:
        raise MoneyError("BASE_NOT_POSITIVE", str(whole_fen))
    return divide(part_fen * 10_000, whole_fen)


def premium_bp(price_fen: int, start_fen: int) -> int:
    """The premium rate (溢价率) of a price over the start price, in basis points, half up."""
    return ratio_bp(price_fen - start_fen, start_fen)
