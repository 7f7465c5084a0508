"""Whether a log is anchored 已锚定, in lines of evidence and in words for what is amiss."""

from collections.abc import Iterator
from datetime import datetime

from flask_babel import gettext as _

from auction.core.workdays import BEIJING
from auction.services.anchored import Alarm, Anchored

Line = dict[str, str | None]


def lines(found: Anchored) -> list[Line]:
    """Lines for `evidence_lines`: the witnesses together, each of them, then the timestamp."""
    return [_witnessed(found), *_witnesses(found), _stamped(found)]


def growing(found: Anchored) -> list[Line]:
    """The same of a log that has no end: what was signed last, of how many records."""
    if not found.configured:
        return [_line("unchecked", _("尚未锚定：本中心没有设置独立见证人"))]
    summary = (
        _line("done", _("已锚定：独立见证人已在现有记录上签名"))
        if found.witnessed
        else _line("waiting", _("尚未锚定：最新的记录还在等待见证人签名"))
    )
    return [summary, *_witnesses(found)]


def alarm(one: Alarm) -> str:
    """What is amiss and what to do, for auditors and operators."""
    match one.code:
        case "WITNESS_CONTRADICTS":
            return _(
                "见证人 %(place)s 拒绝为 %(origin)s 签名：与其此前签过的树头不一致。"
                "请保全数据库和见证人的记录，停止使用该记录，查明原因。",
                place=one.place,
                origin=one.origin,
            )
        case "NOT_WITNESSED":
            return _(
                "%(origin)s 结束已逾 60 秒，见证人签名仍未达到规定数目。请检查见证人。",
                origin=one.origin,
            )
        case "NOT_STAMPED":
            return _(
                "%(origin)s 结束已逾 60 秒，仍无可信时间戳。请检查时间戳服务 %(place)s。",
                origin=one.origin,
                place=one.place,
            )
        case "LOG_CORRUPT":
            return _(
                "%(origin)s 的存储记录与已签名的树头不一致，未送 %(place)s。请立即核验。",
                origin=one.origin,
                place=one.place,
            )
    return _(
        "%(place)s 最近一次未能为 %(origin)s 签名（%(code)s）。系统会自动重试。",
        place=one.place,
        origin=one.origin,
        code=one.code,
    )


def _witnessed(found: Anchored) -> Line:
    if not found.configured:
        return _line("unchecked", _("尚未锚定：本中心没有设置独立见证人"))
    covering = [one for one in found.witnesses if one.valid and one.size >= found.wanted]
    count = _("%(n)s / %(of)s 个见证人", n=len(covering), of=found.configured)
    if found.contradicted:
        names = "、".join(found.contradicted)
        return _line("failed", _("见证人拒绝签名：与其此前签过的树头不一致"), names)
    if found.witnessed:
        return _line("done", _("已锚定：独立见证人已在最终树头上签名"), count)
    if found.overdue:
        return _line(
            "failed", _("尚未锚定：逾 60 秒，见证人签名不足 %(n)s 个", n=found.quorum), count
        )
    return _line("waiting", _("尚未锚定：等待独立见证人签名"), count)


def _witnesses(found: Anchored) -> Iterator[Line]:
    for one in found.witnesses:
        if not one.valid:
            yield _line("failed", _("%(name)s 的签名与本记录不符", name=one.name))
            continue
        said = _("%(name)s 签名，至第 %(n)s 号记录", name=one.name, n=one.size)
        yield _line("done" if one.size >= found.wanted else "waiting", said, _moment(one.at))


def _stamped(found: Anchored) -> Line:
    if not found.stampable:
        return _line("unchecked", _("尚无可信时间戳：本中心没有设置时间戳服务"))
    if found.stamp is None:
        if found.overdue:
            return _line("failed", _("尚无可信时间戳：逾 60 秒未取得"))
        return _line("waiting", _("尚无可信时间戳：等待时间戳服务答复"))
    if not found.stamp.valid:
        return _line("failed", _("时间戳与本记录不符"), found.stamp.name)
    said = _(
        "已有可信时间戳：%(name)s，至第 %(n)s 号记录", name=found.stamp.name, n=found.stamp.size
    )
    return _line("done", said, _moment(found.stamp.at))


def _line(state: str, text: str, value: str | None = None) -> Line:
    return {"state": state, "text": text, "value": value}


def _moment(instant: datetime) -> str:
    return instant.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
