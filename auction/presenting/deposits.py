"""What became of a deposit, in words: to the bidder (M13, M14) and to finance (F-5)."""

from collections.abc import Mapping
from datetime import date, datetime

from flask_babel import gettext as _

from auction.bank.lines import RowProblem
from auction.core import money
from auction.core.instants import from_us
from auction.core.workdays import beijing_date
from auction.presenting.figures import amount, day_clock, millions
from auction.presenting.said import Said
from auction.store.seats import CreditVerdict

Facts = Mapping[str, int | str]


def verdict(code: str, facts: Facts, now: datetime, refund_workdays: int) -> Said:
    """The message to the bidder about one credit. Amber while he can repair it, then cinnabar."""
    tone = "amber" if now <= _instant(facts, "deadline_us", now) else "cinnabar"
    came = _exact(int(facts["amount_fen"]))
    due = amount(int(facts.get("deposit_fen", 0)))
    until = day_clock(_instant(facts, "deadline_us", now))
    match CreditVerdict(code):
        case CreditVerdict.QUALIFIES:
            return _said(
                code,
                "green",
                _("保证金已足额到账，您已取得竞买资格。"),
                _(
                    "银行入账时间 %(at)s，收到 %(came)s。资格确认书可在任务单打开和打印。",
                    at=_credited(facts),
                    came=came,
                ),
            )
        case CreditVerdict.LATE:
            return _said(
                code,
                "cinnabar",
                _("保证金晚到，不能取得本宗地竞买资格。"),
                _(
                    "银行入账时间 %(at)s，截止时间 %(until)s（含），以银行入账时间为准。"
                    "%(came)s将于交易结束后 %(days)s 个工作日内退回原账户，无需申请。"
                    "如银行记录有误，请持银行出具的入账证明联系本中心。",
                    at=_credited(facts),
                    until=until,
                    came=came,
                    days=refund_workdays,
                ),
            )
        case CreditVerdict.SPLIT:
            return _said(
                code,
                tone,
                _("分笔缴纳不符合要求。"),
                _(
                    "收到 %(parts)s；本宗地要求一次性缴足 %(due)s。请在 %(until)s 前从基本户"
                    "另行一次性汇入 %(due)s，已到款项将退回原账户。",
                    parts=_parts(facts),
                    due=due,
                    until=until,
                ),
            )
        case CreditVerdict.SHORT:
            return _said(
                code,
                tone,
                _("金额不足。"),
                _(
                    "收到 %(came)s，少 %(short)s 元（可能被扣手续费）。请在 %(until)s 前"
                    "另行一次性汇入 %(due)s，已到款项将退回。",
                    came=came,
                    short=money.to_yuan_text(int(facts["short_fen"])),
                    until=until,
                    due=due,
                ),
            )
        case CreditVerdict.PAYER:
            return _said(
                code,
                tone,
                _("付款户名与申请人不一致。"),
                _(
                    "括号、空格的差别已忽略，仍不一致。请在 %(until)s 前由申请人本单位基本户汇入，"
                    "已到款项将退回付款账户。",
                    until=until,
                ),
            )
        case CreditVerdict.NOT_BASIC:
            return _said(
                code,
                tone,
                _("付款账户不是申请人的基本户。"),
                _(
                    "请在 %(until)s 前由申请人本单位基本户汇入，已到款项将退回付款账户。",
                    until=until,
                ),
            )
        case CreditVerdict.UNKNOWN_ACCOUNT:
            return _said(
                code,
                tone,
                _("款项汇入了其他宗地的账号，不能抵作本宗地保证金。"),
                _(
                    "请在 %(until)s 前汇入本宗地账号（尾号 %(tail)s），已到款项将退回。",
                    until=until,
                    tail=facts.get("tail", ""),
                ),
            )
        case CreditVerdict.NO_TIME:
            return _said(
                code,
                "amber",
                _("到账时间不足以判定。"),
                _(
                    "银行数据只有日期，没有入账时刻。本中心正向银行查证，收到入账时刻后即作判定，"
                    "您现在无需操作。"
                ),
            )
        case CreditVerdict.SURPLUS:
            return _said(
                code,
                "blue",
                _("保证金已足额，又收到 %(came)s。", came=came),
                _("多到的款项将于交易结束后 %(days)s 个工作日内退回。", days=refund_workdays),
            )
        case CreditVerdict.CURRENCY:
            return _said(
                code,
                tone,
                _("币种不符。"),
                _(
                    "本宗地保证金只收人民币。请在 %(until)s 前另行一次性汇入 %(due)s，"
                    "已到款项将退回。",
                    until=until,
                    due=due,
                ),
            )


def not_quoted(until: datetime) -> Said:
    """The cruellest trap of `quoted_only` (B-1): qualified, and yet not in the round."""
    return _said(
        "NOT_QUOTED_YET",
        "amber",
        _("您已取得竞买资格，但尚未报价。"),
        _(
            "本宗地只有挂牌期内已报价的竞买人可进入限时竞价；%(until)s 前未报价将不能参加。",
            until=day_clock(until),
        ),
    )


def word(code: str) -> str:
    """The verdict in finance's words."""
    return {
        CreditVerdict.QUALIFIES: _("足额到账"),
        CreditVerdict.LATE: _("迟到"),
        CreditVerdict.SHORT: _("不足额"),
        CreditVerdict.SPLIT: _("分笔"),
        CreditVerdict.PAYER: _("户名不符"),
        CreditVerdict.NOT_BASIC: _("非基本户"),
        CreditVerdict.NO_TIME: _("仅有日期"),
        CreditVerdict.UNKNOWN_ACCOUNT: _("账号不存在"),
        CreditVerdict.SURPLUS: _("保证金已足后又到款"),
        CreditVerdict.CURRENCY: _("币种不符"),
    }[CreditVerdict(code)]


def rule(code: str, facts: Facts) -> str:
    """The rule that failed, with the figures compared; it names nobody."""
    match CreditVerdict(code):
        case CreditVerdict.LATE:
            return _(
                "银行入账 %(at)s 晚于截止时间 %(until)s（含）（R-43）",
                at=_credited(facts),
                until=day_clock(from_us(int(facts["deadline_us"]))),
            )
        case CreditVerdict.SHORT:
            return _(
                "少 %(short)s 元，须足额（R-42）",
                short=money.to_yuan_text(int(facts["short_fen"])),
            )
        case CreditVerdict.SPLIT:
            return _(
                "%(parts)s，合计 %(sum)s，不符合“一次性足额”（R-42）",
                parts=_parts(facts),
                sum=_exact(int(facts["sum_fen"])),
            )
        case CreditVerdict.PAYER:
            return _("付款户名规范化后仍与申请人不一致（R-41）")
        case CreditVerdict.NOT_BASIC:
            return _("付款账户不是申请人的基本户（R-41）")
        case CreditVerdict.NO_TIME:
            return _("只有日期，没有入账时刻，不能判定（R-43）")
        case CreditVerdict.UNKNOWN_ACCOUNT:
            return _("收款账号未分配给任何申请人（R-40）")
        case CreditVerdict.SURPLUS:
            return _("该账号的保证金此前已足额")
        case CreditVerdict.CURRENCY:
            return _("币种 %(currency)s，只收人民币（R-49）", currency=facts["currency"])
    return _("金额、户名、账户、时间均符合")


def next_step(code: str) -> str:
    """What finance lawfully does next."""
    if code == CreditVerdict.NO_TIME:
        return _("请银行补充入账时刻，再导入更正后的流水")
    if code == CreditVerdict.UNKNOWN_ACCOUNT:
        return _("退回付款账户，列入误汇清单")
    return _("交易结束后原路退回")


def problem(found: RowProblem) -> str:
    """What is wrong with one line of a statement."""
    names = {
        "reference": _("流水号"),
        "account": _("收款账号"),
        "amount": _("金额"),
        "currency": _("币种"),
        "date": _("入账时间"),
        "payer_name": _("付款户名"),
        "kind": _("账户性质"),
        "direction": _("借贷标志"),
    }
    values = {"field": names.get(found.field, found.field), "value": found.value}
    match found.code:
        case "MISSING":
            return _("缺少%(field)s。", **values)
        case "COLUMN_MISSING":
            return _("表头中没有“%(field)s”一列。", **values)
        case "AMOUNT":
            return _("金额“%(value)s”无法识别，应为大于零、最多两位小数的数字，单位元。", **values)
        case "TIME":
            return _("时间“%(value)s”无法识别，例如 2024-11-08 15:58:12。", **values)
        case "ACCOUNT":
            return _("账号“%(value)s”应为 6 至 40 位数字。", **values)
        case "CURRENCY" | "KIND" | "DIRECTION":
            return _("%(field)s“%(value)s”无法识别。", **values)
        case "REFERENCE_TWICE":
            return _("流水号 %(value)s 在文件中出现两次。", **values)
        case "REFERENCE_BOOKED":
            return _("流水号 %(value)s 已入账，但账号或金额与本文件不同。", **values)
        case "FILE_EMPTY":
            return _("文件中没有入账记录。")
        case "FILE_TOO_LARGE":
            return _("文件超过 2 MB，请按日期分开导入。")
        case "FILE_TOO_LONG":
            return _("文件超过 5,000 行，请按日期分开导入。")
        case "FILE_ENCODING":
            return _("文件编码无法识别，请保存为 UTF-8 或 GBK 文本。")
        case "FILE_NO_HEADER":
            return _("没有找到表头：需要有“收款账号”和“交易金额”等列名的 CSV，或 JSON。")
        case "FILE_JSON" | "ROW_NOT_AN_OBJECT":
            return _("JSON 结构不符合流水格式。")
        case "FILE_MISSING":
            return _("请选择银行流水文件。")
    return _("文件无法读取。")


def saturday_caution(deadline: datetime, advised: date | None) -> str | None:
    """The caution of B-16, only for a deadline on a day off; never a rule."""
    if advised is None:
        return None
    weekday = beijing_date(deadline).weekday()
    days = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
    before = advised
    return _(
        "截止时间为%(weekday)s，跨行大额汇款可能当日不能到账，"
        "请在 %(month)s月%(day)s日（%(before)s）银行营业时间内完成。",
        weekday=days[weekday],
        month=before.month,
        day=before.day,
        before=days[before.weekday()],
    )


def _said(code: str, tone: str, title: str, body: str) -> Said:
    return Said(title, body, tone=tone, code=code)


def _instant(facts: Facts, name: str, default: datetime) -> datetime:
    return from_us(int(facts[name])) if name in facts else default


def _credited(facts: Facts) -> str:
    return day_clock(from_us(int(facts["credited_us"])))


def _exact(fen: int) -> str:
    """What arrived, to two decimals of 万元 at least: `775.00 万元`."""
    whole, _dot, rest = money.to_wan_text(fen).partition(".")
    return _("%(wan)s 万元", wan=f"{whole}.{rest.ljust(2, '0')}", million=millions(fen))


def _parts(facts: Facts) -> str:
    amounts = [_exact(int(part)) for part in str(facts["parts"]).split(",")]
    first, last = _("、").join(amounts[:-1]), amounts[-1]
    if len(amounts) == 2:
        return _("%(first)s和 %(last)s两笔", first=first, last=last)
    return _("%(first)s和 %(last)s共 %(n)s 笔", first=first, last=last, n=len(amounts))
