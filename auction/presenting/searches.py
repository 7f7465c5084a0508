"""The search box in words: what was understood, what was found, why something was not."""

from dataclasses import dataclass

from flask_babel import gettext as _

from auction.core.reasons import Reason
from auction.presenting import registers
from auction.presenting.events import type_word
from auction.presenting.figures import amount
from auction.services.auditing.query import Kind, QueryError, Reading, Word
from auction.services.auditing.search import Hit


@dataclass(frozen=True, slots=True)
class Choice:
    """One reading of an ambiguous word, with the text that asks for this reading alone."""

    said: str
    typed: str


def reading(one: Reading) -> str:
    """How a word was read."""
    match one.kind:
        case Kind.HASH:
            return _("摘要 %(value)s…", value=one.value[:16])
        case Kind.CODE:
            return _("核对码 %(value)s", value=one.value)
        case Kind.PLATE:
            return _("号牌 %(value)s", value=one.value)
        case Kind.AMOUNT:
            return _("金额 %(amount)s", amount=amount(int(one.value)))
        case Kind.TIME:
            return _("时间 %(value)s（北京时间）", value=one.value)
        case Kind.REASON:
            return _("原因代码 %(value)s", value=one.value)
        case Kind.RECORD:
            return _("第 %(no)s 号记录", no=one.value)
        case Kind.LOT:
            return _("宗地 %(lot)s", lot=one.value)


def alone(one: Reading) -> str:
    """What to type so that only this reading counts."""
    match one.kind:
        case Kind.AMOUNT:
            yuan, rest = divmod(int(one.value), 100)
            return f"{yuan}.{rest:02d}元" if rest else f"{yuan}元"
        case Kind.CODE | Kind.LOT:
            return one.value
        case Kind.TIME:
            return one.value.replace(" ", "T")
        case _:
            return f"{one.kind}:{one.value}"


def choices(word: Word) -> list[Choice]:
    """The readings of an ambiguous word, to choose one."""
    return [Choice(reading(one), alone(one)) for one in word.readings]


def hit(found: Hit) -> str:
    """What was found, in a sentence that needs no other record. Only what stands in the bytes."""
    if found.lot is None:
        return registers.sentence(found.type, found.data)
    fen, plate = found.data.get("amount_fen"), found.data.get("plate")
    if type(fen) is int and isinstance(plate, str):
        values = {"word": type_word(found.type), "plate": plate, "amount": amount(fen)}
        reason = found.data.get("reason")
        if isinstance(reason, str):
            return _(
                "%(word)s：号牌 %(plate)s，%(amount)s，%(why)s（%(code)s）。",
                why=reason_word(reason),
                code=reason,
                **values,
            )
        return _("%(word)s：号牌 %(plate)s，%(amount)s。", **values)
    if isinstance(plate, str):
        return _("%(word)s：号牌 %(plate)s。", word=type_word(found.type), plate=plate)
    return _("%(word)s。", word=type_word(found.type))


def reason_word(code: str) -> str:
    """A refusal's reason in a few words; a foreign code stays as it is."""
    words = {
        Reason.NOT_OPEN: _("挂牌尚未开始"),
        Reason.FREEZE: _("报价暂停时段"),
        Reason.PREPARING: _("准备时间内"),
        Reason.ASKING: _("询问期间"),
        Reason.ADJOURNED: _("当日休止期间"),
        Reason.SUSPENDED: _("中止期间"),
        Reason.LATE: _("截止之后到达"),
        Reason.NOT_ENTERED: _("挂牌期内没有报价"),
        Reason.NOT_WILLING: _("没有表示参加"),
        Reason.CAP_REACHED: _("已达最高限价"),
        Reason.ABOVE_CAP: _("高于最高限价"),
        Reason.ALREADY_LEADING: _("已是领先者"),
        Reason.OFF_SCALE: _("不是计价单位的整数倍"),
        Reason.TOO_LOW: _("低于最低须报"),
        Reason.NOT_MULTIPLE: _("加价不是幅度的整数倍"),
    }
    return dict[str, str](words).get(code, code)


def refused(error: QueryError) -> str:
    """Why nothing was searched, and what to type."""
    match error.code:
        case "QUERY_EMPTY":
            return _("没有输入内容。请输入号牌、金额、时间、核对码、摘要、原因代码或记录号。")
        case "QUERY_LONG":
            return _("输入过长。检索词最多 300 个字符；回执请从文件完整复制，连同第一行。")
        case "QUERY_WORDS":
            return _("检索词过多，最多 8 个，以空格分开。")
        case "QUERY_TIMES":
            return _("只能写一个时间。前后范围请在“时间前后”中选择。")
    return _(
        "“%(word)s”看不懂，没有检索。可以写：号牌 4107，金额 1849万，时间 14:34:10，"
        "核对码 47-82-16，64 位摘要，原因代码 BID_TOO_LOW，记录号 #13。",
        word=error.word[:40],
    )
