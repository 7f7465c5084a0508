"""Dossiers in words: the life of one bid with the source of each time; what an absence means."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from auction.core import events as e
from auction.core.state import LotState, Stage, due, minimum_fen, phase_at
from auction.core.workdays import BEIJING
from auction.presenting import events as wording
from auction.presenting import phases, rule_numbers
from auction.presenting.basis import Basis, basis
from auction.presenting.figures import amount, clock, seconds
from auction.services.auditing.absence import Absence, AbsenceRefused
from auction.services.auditing.dossier import Check, Dossier, HeadSeen
from auction.services.replay import Step


@dataclass(frozen=True, slots=True)
class Moment:
    """A point of the time line. `at` None: the thing has no time of its own, `note` says why."""

    title: str
    at: datetime | None
    source: str
    note: str = ""
    whole_seconds: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """The state of the sale at one point, line by line beside another."""

    label: str
    seen: str
    decided: str


def headline(found: Dossier) -> str:
    """The sentence that tells the whole bid."""
    step = found.step
    return wording.sentence(step.record, step.before, step.lead)


def seen_sentence(found: Dossier) -> str:
    """What the bidder had seen when signing."""
    if found.sealed:
        return _(
            "竞价尚未结束：签名原文封存，报价人签名时所见的最高价和签名的检查结果，结束后才能打开。"
        )
    opened = found.opened
    if opened is None:
        return _("没有保存这次报价的签名原文，报价人签名时所见无从得知。")
    seen = opened.seen
    if seen is None or seen.state is None or not seen.known:
        return _("签名中写明的所见树头与记录不符，报价人签名时所见无法确定。")
    if seen.state.price_fen is None:
        return _("报价人签名时所见：尚无报价（记录至第 %(no)s 号）。", no=seen.size)
    return _(
        "报价人签名时所见的最高价为 %(price)s（号牌 %(plate)s，记录至第 %(no)s 号）。",
        price=amount(seen.state.price_fen),
        plate=seen.state.leader,
        no=seen.size,
    )


def decision(found: Dossier) -> tuple[str, Basis]:
    """Number of the rule that decided, and its words with the inputs."""
    step = found.step
    first = step.before.price_fen is None
    told = basis(step.record, step.before, step.lead)
    return rule_numbers.of_bid(found.event, first=first), told


def verdict(found: Dossier) -> str:
    """One word for what became of it."""
    match found.event:
        case e.BidAccepted():
            return _("已记录")
        case e.BidRefused():
            return _("未接受")
        case e.BidUnheard():
            return _("结果待核")


def timeline(found: Dossier) -> list[Moment]:
    """The life of the attempt in its order, each time with where it comes from."""
    record = found.step.record
    moments: list[Moment] = []
    opened = found.opened
    if opened is not None and opened.seen is not None and opened.seen.at is not None:
        moments.append(
            Moment(
                _("报价人所见的最后一条记录写入（第 %(no)s 号）", no=opened.seen.size),
                opened.seen.at,
                _("服务器时间，取自记录；由报价人的签名指明"),
            )
        )
    if opened is not None and opened.signed_at is not None:
        moments.append(
            Moment(
                _("报价人签名"),
                opened.signed_at,
                _("报价人电脑的时钟，精确到秒，仅供参考，不作为判定依据"),
                _(
                    "与到达时间相差 %(s)s 秒；差值含传送时间和对方时钟的误差",
                    s=f"{(record.arrival - opened.signed_at).total_seconds():+.3f}",
                ),
                whole_seconds=True,
            )
        )
    moments.append(
        Moment(
            _("完整到达服务器"),
            record.arrival,
            _("服务器时间：最后一个字节到达时取得，写入记录；以此判定"),
        )
    )
    moments.append(
        Moment(
            _(
                "排定次序并判定，记为第 %(no)s 号：%(verdict)s",
                no=record.seq,
                verdict=verdict(found),
            ),
            record.sequenced,
            _("服务器时间：写入时取得，同一宗地内不倒退"),
            _(
                "自到达起 %(s)s 秒；判定与写入是同一次操作",
                s=seconds(record.sequenced - record.arrival),
            ),
        )
    )
    if found.inclusion is not None:
        moments.append(
            Moment(
                _(
                    "签入树头（共 %(size)s 条，核对码 %(code)s）",
                    size=found.inclusion.size,
                    code=found.inclusion.check_code,
                ),
                None,
                _("树头不载时间：与写入同一次提交，提交之后才有回执"),
            )
        )
    moments += [
        Moment(
            _("%(name)s 签署包含本条的树头（共 %(size)s 条）", name=one.name, size=one.size),
            one.at,
            _("对方的时钟，取自其签名，刚刚验证：本条记录最迟此时已存在"),
        )
        for one in found.anchors
    ]
    return moments


def sides(found: Dossier) -> list[Side]:
    """What the bidder had seen beside what the bid met; nothing while it is sealed."""
    opened = found.opened
    if opened is None or opened.seen is None or opened.seen.state is None:
        return []
    at = found.step.record.arrival
    seen: HeadSeen = opened.seen
    assert seen.state is not None
    left, right = _state(seen.state, at, seen.lead), _state(found.step.before, at, found.step.lead)
    numbers = Side(_("记录至"), _no(seen.size), _no(found.step.record.seq - 1))
    return [numbers, *(Side(label, left[label], right[label]) for label in right)]


def _no(number: int) -> str:
    return _("第 %(no)s 号", no=number) if number else _("尚无记录")


def _state(state: LotState, at: datetime, lead: int | None) -> dict[str, str]:
    until = due(state)
    price = _("尚无报价") if state.price_fen is None else amount(state.price_fen)
    open_ = state.profile is not None and state.ended_at is None
    return {
        _("最高价"): price,
        _("领先号牌"): "—" if state.leader is None else state.leader,
        _("最高价的记录"): "—" if lead is None else _no(lead),
        _("最低须报"): amount(minimum_fen(state)) if open_ else "—",
        _("阶段"): "—" if state.stage is Stage.NONE else phases.word(phase_at(state, at)),
        _("截止时间"): "—" if until is None else clock(until, True),
    }


def check_word(check: Check) -> tuple[str, str]:
    """What was compared on the kept statement, and how the result reads."""
    words = {
        "hash": (_("原文摘要与记录中的一致"), _("原文摘要与记录中的不同")),
        "purpose": (_("签名用途是本场报价"), _("签名用途不是本场报价")),
        "fields": (
            _("签名覆盖的宗地、号牌、金额、规则、证书与记录一致"),
            _("签名覆盖的内容与记录不同：%(what)s", what=check.detail),
        ),
        "signature": (
            _("签名由所附证书的密钥作出（%(key)s）", key=check.detail),
            _("签名不是所附证书的密钥作出的（%(key)s）", key=check.detail),
        ),
        "path": (
            _("按现行信任库和到达时刻，证书路径成立"),
            _(
                "按现行信任库，证书路径不成立（%(code)s）；信任库其后变更过的，须对照登记日志",
                code=check.detail,
            ),
        ),
        "seen": (_("所见树头确是记录当时的根"), _("所见树头不是记录当时的根")),
    }
    good, bad = words[check.name]
    return check.name, good if check.good else bad


def nearby(step: Step) -> dict[str, Any]:
    """A neighbouring record for a table."""
    return {
        "seq": step.record.seq,
        "at": step.record.arrival,
        "sentence": wording.sentence(step.record, step.before, step.lead),
    }


# --- absence ----------------------------------------------------------------------------------


def absence_headline(found: Absence) -> str:
    """The sentence of an absence, or why there is none to state."""
    values = {
        "since": _exact(found.asked.since),
        "until": _exact(found.asked.until),
        "lot": found.lot.slug,
        "whom": _("号牌 %(plate)s", plate=found.plate)
        if found.plate
        else _("该证书的持有人（在本宗地没有号牌）"),
        "n": len(found.requests),
    }
    if not found.intact:
        return _("所查的记录未通过核验，不能据以说明没有收到。请先查看核验结果。")
    if found.requests:
        return _(
            "自 %(since)s 至 %(until)s（北京时间，含两端），宗地 %(lot)s 的记录中"
            "有 %(whom)s 的 %(n)s 次请求，见下。",
            **values,
        )
    return _(
        "自 %(since)s 至 %(until)s（北京时间，含两端），宗地 %(lot)s 的记录中"
        "没有 %(whom)s 的任何请求。",
        **values,
    )


def _exact(at: datetime) -> str:
    local = at.astimezone(BEIJING)
    return f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond // 1000:03d}"


def left_traces() -> list[str]:
    """What would have left a trace in what was searched."""
    return [
        _("已取得资格者的报价，无论接受与否：宗地记录中一条，带号牌、金额和到达时间。"),
        _("无资格者的报价，或签名、内容无效的报价：安全日志中一条，写明宗地，不写是谁。"),
        _("询问的答复和摇号报名：宗地记录中一条；无资格或无效的，安全日志中一条。"),
        _("以证书登录成功：会话一条，写明起止和结束原因。"),
        _("证书被他处登录取代、被吊销、到期或停用：安全日志中一条。"),
    ]


def left_none() -> list[str]:
    """What leaves no trace here, plainly."""
    return [
        _("没有到达服务器的请求：停在对方电脑、密码设备、网络或运营商处的，这里一无所有。"),
        _(
            "未登录或会话已结束时送来的请求，登录失败的尝试，过于频繁而被挡回的请求：当场答复，不作记录。"
        ),
        _(
            "到达后因所见树头不明、候时票据过期或同一人另一报价尚未判定而退回重试的：当场答复，不作记录。"
        ),
        _("同一份签名重复送达的：答复第一次的结果，不再记一条。"),
        _("打开网页、断线和重连：本系统不保存连接记录，也不保存访问者的网络地址。"),
        _(
            "报价人保存的签名原文和回执是另一方的证据：持有带签名树头的回执而记录中没有该条的，"
            "属于记录被改动，应立即核验。"
        ),
    ]


def end_words() -> dict[str, str]:
    """Why a session ended."""
    return {
        "SIGNED_OUT": _("持有人退出"),
        "SIGNED_IN_AGAIN": _("同一浏览器重新登录"),
        "SESSION_TAKEN": _("经持有人确认，被他处登录取代"),
        "SESSION_EXPIRED": _("无操作或到时失效"),
        "CERT_REVOKED": _("证书被吊销"),
        "CERT_EXPIRED": _("证书到期"),
        "CERT_RETIRED": _("证书停用"),
    }


def absence_refused(error: AbsenceRefused) -> tuple[str, str]:
    """Field to which the sentence belongs, and the sentence."""
    match error.code:
        case "WINDOW_ORDER":
            return "until", _("结束时间早于开始时间，请改正。")
        case "WINDOW_LONG":
            return "until", _("一次最多查一昼夜，请缩短时间范围。")
        case "WINDOW_AHEAD":
            return "until", _("结束时间尚未到，未来的事无从查起。请填已经过去的时间。")
        case "WHOM_MISSING":
            return "plate", _("请填写号牌；竞价结束后也可填证书指纹。")
        case "CERTIFICATE_BEFORE_END":
            return "certificate", _("竞价尚未结束，不能按证书查；请按号牌查，不打开任何身份。")
        case "GROUND_NEEDED":
            return "ground", _("按证书查须选择事由并写明文号，先登记后查。")
    return "certificate", _("没有登记过这张证书：以它不能登录，也不能报价。请核对指纹。")
