"""Amounts, instants and durations inside sentences, in the reader's language.

Chinese counts land in 万元, English in millions of yuan; an amount therefore brings its unit with
it, so that a sentence is never half translated. Times are Beijing time.
"""

from datetime import datetime, timedelta

from auction.core import money
from auction.core.workdays import BEIJING
from auction.presenting.texts import gettext as _

_FEN_PER_MILLION = 10**8
_SECOND = timedelta(seconds=1)


def amount(fen: int) -> str:
    """`1,849 万元`; in English `CNY 18.49 million`."""
    return _("%(wan)s 万元", wan=money.to_wan_text(fen), million=millions(fen))


def millions(fen: int) -> str:
    """Fen in millions of yuan, exact: 1,849 万元 is `18.49`."""
    whole, rest = divmod(fen, _FEN_PER_MILLION)
    text = f"{whole:,}.{rest:08d}".rstrip("0").rstrip(".")
    return text if "." in text or not rest else f"{text}.0"


def percent(basis_points: int) -> str:
    """`19.37 %` of 1937 basis points."""
    sign = "-" if basis_points < 0 else ""
    whole, rest = divmod(abs(basis_points), 100)
    return f"{sign}{whole}.{rest:02d} %"


def unit_prices(fen: int, area_mm2: int, start_fen: int) -> list[str]:
    """A price per 亩, per square metre, and its premium over the start price."""
    return [
        _("%(figure)s 万元/亩", figure=money.to_wan_text(money.per_mu_fen(fen, area_mm2), 2)),
        _("%(figure)s 元/㎡", figure=money.to_yuan_text(money.per_m2_fen(fen, area_mm2))),
        _("溢价 %(percent)s", percent=percent(money.premium_bp(fen, start_fen))),
    ]


def clock(instant: datetime, milliseconds: bool = False) -> str:
    """`14:34:10`, or `14:34:10.204` where milliseconds decide."""
    local = instant.astimezone(BEIJING)
    text = local.strftime("%H:%M:%S")
    return f"{text}.{local.microsecond // 1000:03d}" if milliseconds else text


def day(instant: datetime) -> str:
    """`2027年11月26日`."""
    local = instant.astimezone(BEIJING)
    return day_of(local.year, local.month, local.day)


def day_of(y: object, m: object, d: object) -> str:
    """The same of year, month and day; of places for them, what a script fills in."""
    return _("%(y)s年%(m)s月%(d)s日", y=y, m=m, d=d)


def day_clock(instant: datetime) -> str:
    """`11月11日 14:30:00`."""
    local = instant.astimezone(BEIJING)
    return _(
        "%(month)s月%(day)s日 %(clock)s",
        month=local.month,
        day=local.day,
        month_name=local.strftime("%B"),
        clock=clock(instant),
    )


def seconds(duration: timedelta) -> str:
    """A short duration with its milliseconds: `0.041`."""
    thousandths = duration // timedelta(milliseconds=1)
    return f"{thousandths // 1000}.{thousandths % 1000:03d}"


def left(duration: timedelta) -> str:
    """What is left, in two units, never negative: `3 分 40 秒`."""
    total = max(duration // _SECOND, 0)
    days, hours = total // 86400, total % 86400 // 3600
    minutes, rest = total % 3600 // 60, total % 60
    if days:
        return _("%(d)s 天 %(h)s 小时", d=days, h=hours)
    if hours:
        return _("%(h)s 小时 %(m)s 分", h=hours, m=minutes)
    if minutes:
        return _("%(m)s 分 %(s)s 秒", m=minutes, s=rest)
    return _("%(s)s 秒", s=rest)
