"""What a verification found, named by record and in words; codes stay as they are."""

from flask_babel import gettext as _

from auction.core.instants import from_us
from auction.presenting.events import type_word
from auction.presenting.figures import amount, clock, day_clock
from auction.services.logcheck import Fault, Finding


def sentence(finding: Finding) -> str:
    """One sentence: which record (or signed head), and what is wrong with it."""
    facts = {key: str(value) for key, value in finding.facts.items()}
    values = {"no": finding.seq, **facts}
    match finding.fault:
        case Fault.NOT_CANONICAL:
            return _("第 %(no)s 号记录的字节不是规范的记录格式（%(detail)s）。", **values)
        case Fault.FOREIGN:
            return _("第 %(no)s 号记录的内容不是本系统写出的形式（%(detail)s）。", **values)
        case Fault.OTHER_LOG:
            return _("第 %(no)s 号记录自称属于另一份记录（%(stated)s）。", **values)
        case Fault.OUT_OF_PLACE:
            return _("第 %(no)s 号位置上的记录自称为第 %(stated)s 号：顺序被改动。", **values)
        case Fault.MISSING:
            return _("第 %(no)s 号记录缺失。", **values)
        case Fault.HASH:
            return _("第 %(no)s 号记录的字节与存储的摘要不符：内容被改动。", **values)
        case Fault.COLUMN:
            return _("第 %(no)s 号记录旁的数据列 %(column)s 与记录内容不符。", **values)
        case Fault.UNSIGNED:
            return _("第 %(no)s 号起的记录没有签名覆盖（签名只到第 %(signed)s 号）。", **values)
        case Fault.NO_HEAD:
            return _("这份记录没有任何签名。")
        case Fault.HEAD_SIGNATURE:
            return _("覆盖到第 %(no)s 号的签名无效（%(detail)s）。", **values)
        case Fault.HEAD_SIZE:
            return _("存于第 %(no)s 号的签名写明的是 %(stated)s 条记录。", **values)
        case Fault.HEAD_BEYOND:
            return _("签名覆盖到第 %(no)s 号，现存只有 %(present)s 条：末尾的记录缺失。", **values)
        case Fault.HEAD_ROOT:
            if facts["first"] == str(finding.seq):
                return _("第 %(no)s 号记录与签名时不同：由它算出的根与签名不符。", **values)
            return _(
                "第 %(first)s 至 %(no)s 号记录中有与签名时不同的：算出的根与签名不符。", **values
            )
        case Fault.LOG_ROW:
            return _("日志登记的 %(column)s 与记录本身不符。", **values)
        case Fault.TIME_ORDER:
            return _("第 %(no)s 号记录的时间倒退。", **values)
        case Fault.REPEATED:
            return _("第 %(no)s 号记录重复了第 %(first)s 号已判定的同一份签名报价。", **values)
        case Fault.TRANSITION:
            instant = day_clock(from_us(int(finding.facts["due_us"])))
            return _(
                "第 %(no)s 号记录之前缺少本应于 %(due)s 发生的转换。", no=finding.seq, due=instant
            )
        case Fault.IMPOSSIBLE:
            return _("第 %(no)s 号记录的内容在当时不被规则允许（%(reason)s）。", **values)
        case Fault.VERDICT:
            return _verdict(finding)
        case Fault.NOT_REPLAYED:
            return _("自第 %(no)s 号起无法重演。", **values)
        case Fault.LOT_ROW:
            return _("网页所读宗地数据 %(column)s 与记录推得的不符。", **values)
        case Fault.BID_ROW:
            return _("网页所读第 %(no)s 号报价的 %(column)s 与记录不符。", **values)


def _verdict(finding: Finding) -> str:
    facts = finding.facts
    name = str(facts["field"])
    recorded, expected = _value(name, facts["recorded"]), _value(name, facts["expected"])
    if name == "type":
        return _(
            "第 %(no)s 号记录与规则不符：记为「%(recorded)s」，按规则应为「%(expected)s」。",
            no=finding.seq,
            recorded=recorded,
            expected=expected,
        )
    return _(
        "第 %(no)s 号记录与规则不符：%(field)s 记为 %(recorded)s，按规则应为 %(expected)s。",
        no=finding.seq,
        field=name,
        recorded=recorded,
        expected=expected,
    )


def _value(name: str, value: int | str) -> str:
    if name == "type":
        return _("无") if value == "-" else type_word(str(value))
    if isinstance(value, int) and name.endswith("_fen"):
        return amount(value)
    if isinstance(value, int) and name.endswith("_us"):
        return clock(from_us(value), True)
    return str(value)
