"""What a check shows and what it does not, in words (P-5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from auction.core import events as e
from auction.core.instants import from_us
from auction.presenting import hall_words
from auction.presenting.figures import amount, clock, day_clock
from auction.presenting.said import Said
from auction.services.checking import CheckedReceipt, FoundDocument, Published
from auction.services.lots import is_practice
from auction.store.sales import Lot


@dataclass(frozen=True, slots=True)
class Outcome:
    """The message, then what it proves and what it does not."""

    said: Said
    shows: tuple[str, ...] = ()
    leaves_open: tuple[str, ...] = ()


def refused(code: str) -> Outcome:
    """Why something could not be checked, or did not hold."""
    words = {
        "RECEIPT_EMPTY": (
            _("没有收到回执。"),
            _("请把 .tlog-proof 文件的全部文字粘贴到框内，或选择该文件，再点核验。"),
            "amber",
        ),
        "RECEIPT_MALFORMED": (
            _("这段文字不是完整的回执。"),
            _(
                "回执的第一行是 c2sp.org/tlog-proof@v1，最后一行是记录簿的签名。"
                "请从文件完整复制，不要增减空行。"
            ),
            "amber",
        ),
        "RECEIPT_FOREIGN": (
            _("这张回执不是本中心的记录簿签发的。"),
            _("请核对您访问的网站；其他中心的回执请到该中心核验。"),
            "amber",
        ),
        "RECEIPT_SIGNATURE": (
            _("签名不符，回执不成立。"),
            _("回执中的树头不是由本中心的记录簿密钥签名的，或签名后被改动过。"),
            "cinnabar",
        ),
        "RECEIPT_INCLUSION": (
            _("证明不成立：记录不在所签的树头之下。"),
            _("回执中的记录、序号或证明至少有一处被改动过。"),
            "cinnabar",
        ),
        "NUMBER_MALFORMED": (
            _("号码应为 16 位数字。"),
            _("请按《网上竞买资格确认书》右上方的编号输入，空格和连字符可有可无。"),
            "amber",
        ),
        "DIGEST_MALFORMED": (
            _("摘要应为 64 位十六进制字符。"),
            _("请粘贴文书页上的 SHA-256 摘要，或直接选择文件，由本页计算摘要。"),
            "amber",
        ),
        "CHECK_TOO_OFTEN": (
            _("查询过于频繁，暂未处理。"),
            _("为防止猜测号码，同一来源每分钟只受理 10 次。请一分钟后再试。"),
            "amber",
        ),
    }
    title, body, tone = words[code]
    return Outcome(Said(title, body, tone=tone, code=code))


def receipt(found: CheckedReceipt) -> Outcome:
    """A receipt whose proof holds."""
    number = found.record["seq"]
    small = _(
        "树头含 %(size)s 条记录 · 核对码 %(code)s", size=found.head.size, code=found.check_code
    )
    if not found.agrees:
        return Outcome(
            Said(
                _("您看到的记录与此前签名的记录不一致。"),
                _("回执的签名有效，但本系统现存的记录与它不同。请保存这张回执，并致电监督电话。"),
                small,
                "cinnabar",
                "HEAD_MISMATCH",
            )
        )
    shows = [
        _("第 %(no)s 号记录的内容，自签发回执以来一字未改。", no=number),
        _("它在记录簿 %(origin)s 中的位置不能再变动。", origin=found.head.origin),
        _("本系统现存的记录与回执一致。"),
    ]
    if found.lot is not None and is_practice(found.lot):
        shows.append(_("这是演练的记录，不产生法律效力。"))
    return Outcome(
        Said(_("回执成立。"), told(found.record), small, "green", "RECEIPT_HOLDS"),
        tuple(shows),
        (
            _("不显示号牌后面是谁；竞买人身份在交易结束前对任何人保密。"),
            _("不证明此后没有别的记录：是否领先，以宗地页的现价为准。"),
            _("不证明别人看到的是同一份记录簿：可在电话里比对核对码。"),
        ),
    )


def told(record: Mapping[str, Any]) -> str:
    """What one record of any log says, in a sentence."""
    at = from_us(record["arrival_us"])
    place = {"no": record["seq"], "at": day_clock(at)}
    if "lot" not in record:
        return _("第 %(no)s 号记录，%(at)s 登记。", **place)
    event = e.Recorded.from_data(record).event
    match event:
        case e.BidAccepted() | e.BidRefused() | e.BidUnheard():
            verdict = _("已接受") if isinstance(event, e.BidAccepted) else _("未接受")
            if isinstance(event, e.BidUnheard):
                verdict = _("结果待核")
            return _(
                "宗地 %(lot)s 第 %(no)s 号记录：号牌 %(plate)s 报 %(amount)s，"
                "%(day)s（%(exact)s）到达，%(verdict)s。",
                lot=record["lot"],
                no=record["seq"],
                plate=event.plate,
                amount=amount(event.amount_fen),
                day=day_clock(at),
                exact=clock(at, True),
                verdict=verdict,
            )
        case e.Admitted():
            what = _("号牌 %(plate)s 登记", plate=event.plate)
        case _:
            name = str(record["type"])
            until = getattr(event, "listing_until", None)
            what = hall_words.markers()[name].format(until=day_clock(until) if until else "")
    return _(
        "宗地 %(lot)s 第 %(no)s 号记录：%(what)s，%(at)s。",
        lot=record["lot"],
        what=what,
        **place,
    )


def certificate(lot: Lot | None) -> Outcome:
    """Whether a qualification certificate is valid; nothing about its holder."""
    if lot is None:
        return Outcome(
            Said(
                _("无效：没有这个编号的资格确认书。"),
                _("请核对号码；如号码无误而仍显示无效，请联系本中心。"),
                tone="cinnabar",
                code="CERTIFICATE_INVALID",
            )
        )
    body = (
        _("该编号的《网上竞买资格确认书》由本中心就演练宗地 %(lot)s 签发。", lot=lot.slug)
        if is_practice(lot)
        else _("该编号的《网上竞买资格确认书》由本中心就宗地 %(lot)s 签发。", lot=lot.code)
    )
    return Outcome(
        Said(_("有效。"), body, tone="green", code="CERTIFICATE_VALID"),
        (_("号码与宗地相符，资格有效。"),),
        (_("不显示竞买人的名称和号牌。"), _("不证明出示这张确认书的人就是竞买人。")),
    )


def document(found: FoundDocument | None) -> Outcome:
    """Whether a published document has the hash asked for."""
    if found is None:
        return Outcome(
            Said(
                _("没有找到这个摘要。"),
                _(
                    "本中心公布的文件中没有内容与它完全一致的。文件哪怕只改动一个字符，"
                    "摘要也会不同；扫描件和打印件没有可比的摘要。"
                ),
                tone="amber",
                code="DOCUMENT_UNKNOWN",
            )
        )
    kinds = {
        Published.NOTICE: _("公告（数据文件）"),
        Published.INSTRUCTIONS: _("竞买须知"),
        Published.APPLICATION: _("竞买申请书"),
        Published.RULES: _("本场规则"),
        Published.CONFIRMATION: _("成交确认书"),
    }
    body = _(
        "%(kind)s，%(number)s，%(at)s 公布。",
        kind=kinds[found.kind],
        number=found.notice.number,
        at=day_clock(found.at) if found.at else _("未载明"),
    )
    if found.kind is Published.CONFIRMATION:
        body = _(
            "成交确认书，%(number)s，%(at)s 签署。",
            number=found.notice.number,
            at=day_clock(found.at) if found.at else _("未载明"),
        )
    shows = [_("您手中文件的内容与本中心公布的完全一致。")]
    if is_practice(found.notice):
        shows.append(_("这是演练的文件，不产生法律效力。"))
    return Outcome(
        Said(_("一致。"), body, tone="green", code="DOCUMENT_AGREES"),
        tuple(shows),
        (_("不证明它现在仍然有效：是否变更，以公告页的版本栏为准。"),),
    )
