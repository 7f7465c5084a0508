"""How amounts, instants and phases look in templates; one place for each."""

from datetime import datetime, timedelta, timezone

from flask import Flask

from auction.core import money
from auction.core.instants import to_us
from auction.presenting import figures, phases, texts

BEIJING = timezone(timedelta(hours=8), "北京时间")
"""Asia/Shanghai has had no other offset since 1991."""


def register(app: Flask) -> None:
    """Filters of the templates."""
    app.jinja_env.filters.update(
        beijing=beijing,
        day=figures.day,
        epoch_us=to_us,
        fen_wan=fen_wan,
        fen_words=figures.amount,
        fen_yuan=money.to_yuan_text,
        fen_capitals=money.capitals,
        phase_word=phases.word,
        moment=moment,
        listed=texts.listed,
        bp=basis_points,
    )


def beijing(instant: datetime) -> datetime:
    """The instant on Beijing's clocks."""
    return instant.astimezone(BEIJING)


def fen_wan(fen: int) -> str:
    """Fen as 万元 with groups of three: `1,549`."""
    return money.to_wan_text(fen)


def moment(instant: datetime, milliseconds: bool = False) -> str:
    """`2024-11-11 14:34:10.204`, Beijing time; milliseconds only where they decide."""
    text = beijing(instant).strftime("%Y-%m-%d %H:%M:%S")
    return f"{text}.{instant.microsecond // 1000:03d}" if milliseconds else text


def basis_points(value: int) -> str:
    """Hundredths of a percent as a percentage: 1937 is `19.37 %`."""
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(value), 100)
    return f"{sign}{whole}.{rest:02d} %"
