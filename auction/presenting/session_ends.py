"""What a window is told whose session has ended (messages M11 and M12), and whether that takes the
whole page."""

from datetime import datetime

from flask_babel import get_locale
from flask_babel import gettext as _

from auction.core.workdays import BEIJING
from auction.presenting import figures, sign_in
from auction.presenting.said import Said
from auction.services.sessions.signed_in import Ending

GRAVE = frozenset(
    {
        *("SESSION_TAKEN", "CERT_REVOKED", "CERT_EXPIRED", "CERT_RETIRED", "CERT_UNTRUSTED"),
        "OFFICER_INACTIVE",
    }
)
"""Told on a page of its own, wherever the visitor was; the others beside the way back in."""


WITHOUT_CERTIFICATE = frozenset({"CERT_REVOKED", "CERT_EXPIRED", "CERT_RETIRED", "CERT_UNTRUSTED"})
"""The certificate no longer counts: signing in with it again can only be refused."""


def said(ending: Ending, now: datetime) -> Said:
    """The message, with its instants."""
    match ending.code:
        case "SESSION_TAKEN":
            title, sentences = _("您已在另一台电脑登录，本页已停止。"), _taken(ending, now)
        case "CERT_REVOKED":
            title = (
                _("您的数字证书已被吊销，不能继续报价。")
                if ending.bidder
                else _("您的数字证书已被吊销，不能继续使用。")
            )
            sentences = _revoked(ending, now)
        case "CERT_EXPIRED":
            at = when(ending.not_after, now)
            title = (
                _("您的数字证书已于 %(at)s 到期，不能继续报价。", at=at)
                if ending.bidder
                else _("您的数字证书已于 %(at)s 到期，不能继续使用。", at=at)
            )
            sentences = _expired(ending)
        case _:
            usual = sign_in.explain(ending.code)
            return Said(usual.title, usual.body, tone=usual.tone, code=ending.code)
    return Said(title, _joined(sentences), tone="cinnabar", code=ending.code)


def save_word(ending: Ending) -> str:
    """What the button says that saves what this browser has kept."""
    if ending.code in WITHOUT_CERTIFICATE:
        return _("下载我的回执")
    return _("下载本机记录")


def when(instant: datetime, now: datetime) -> str:
    """`14:36:11`, with the day unless it is today."""
    same_day = instant.astimezone(BEIJING).date() == now.astimezone(BEIJING).date()
    return figures.clock(instant) if same_day else figures.day_clock(instant)


def _taken(ending: Ending, now: datetime) -> list[str]:
    at = when(ending.at or now, now)
    return [
        _("%(at)s，同一证书在另一处登录；同一证书同时只能在一处使用。", at=at),
        _kept(ending),
        _("如不是您本人操作：请立即联系发证机构停用证书，并致电本中心（不要说出单位名称和号牌）。"),
    ]


def _revoked(ending: Ending, now: datetime) -> list[str]:
    places = {"issuer": ending.issuer, "learned": when(ending.learned or now, now)}
    told = (
        _("发证机构 %(issuer)s 已吊销该证书，本系统 %(learned)s 获知。", **places)
        if ending.revoked is None
        else _(
            "发证机构 %(issuer)s 于 %(revoked)s 吊销，本系统 %(learned)s 获知。",
            revoked=when(ending.revoked, now),
            **places,
        )
    )
    return [told, _kept(ending), *_spare(ending), _("对吊销有疑问，请联系发证机构。")]


def _expired(ending: Ending) -> list[str]:
    renew = _("续期请联系发证机构 %(issuer)s；新证书须重新登记。", issuer=ending.issuer)
    return [_kept(ending), *_spare(ending), renew]


def _kept(ending: Ending) -> str:
    return _("此前已记录的报价不受影响。") if ending.bidder else _("此前已保存的内容不受影响。")


def _spare(ending: Ending) -> list[str]:
    if ending.spare:
        return [_("您可以改用已登记的备用证书继续。")]
    if ending.bidder:
        return [_("您没有登记其他可用的证书，请按公告中的联系方式询问本中心。")]
    return [_("请联系本中心的安全管理员。")]


def _joined(sentences: list[str]) -> str:
    """Sentences one behind the other; Chinese ones bring their own space."""
    locale = get_locale()
    return ("" if locale is None or locale.language == "zh" else " ").join(sentences)
