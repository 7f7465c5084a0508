"""Revocation data in words: how a source has done, how a list stands, what follows at sign-in."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from flask_babel import gettext as _

from auction.pki.reasons import PkiReason
from auction.presenting import pki_reasons
from auction.presenting.said import Said
from auction.presenting.texts import listed
from auction.services.fetching import FAULTS
from auction.services.revocation.state import AnchorState, ListState, SourceState

NEAR = 0.8
"""From this part of its time on a list is shown as about to run out."""


def fault_sentence(code: str, data: Mapping[str, str | int] | None = None) -> str:
    """Why nothing usable came from a source, or why an uploaded list was refused; `data` as the
    exception holds it, where it is known."""
    words = {
        "SOURCE_MALFORMED": _("地址不正确。请由两名安全管理员修改信任锚的来源地址。"),
        "SOURCE_UNREACHABLE": _("连接不上。请检查网络、域名解析、防火墙和对方的服务器证书。"),
        "SOURCE_TIMEOUT": _("10 秒内没有答完。"),
        "SOURCE_STATUS": _("对方没有给出所要的内容（HTTP 状态不是 200）。"),
        "SOURCE_REDIRECT": _("对方指向了别的地址。只访问所设置的地址，没有跟随。"),
        "SOURCE_TOO_LARGE": _("内容超过 20 MB，没有读完。"),
        "SOURCE_BROKEN": _("内容不完整，或对方不是网页服务。"),
    }
    assert words.keys() == FAULTS
    if code in words:
        return words[code]
    known: defaultdict[str, str | int] = defaultdict(lambda: "—", data or {})
    try:
        return pki_reasons.sentence(PkiReason(code), known)
    except (LookupError, ValueError):
        return code


def source_state(state: SourceState) -> tuple[str, str, str]:
    """(word, tone, sign) of how a source stands."""
    if state.tried_at is None:
        return _("尚未查询"), "grey", "○"
    if state.fault is None:
        return _("正常"), "green", "●"
    if state.succeeded_at is None:
        return _("从未成功"), "cinnabar", "▲"
    return _("最近失败"), "amber", "▲"


def list_state(state: ListState, now: datetime) -> tuple[str, str, str]:
    """(word, tone, sign) of how a list stands against the time in which it counts."""
    if not state.fresh(now):
        return _("已过期"), "cinnabar", "▲"
    if state.spent(now) >= NEAR:
        return _("即将过期"), "amber", "▲"
    return _("有效"), "green", "●"


def consequence(state: AnchorState) -> Said:
    """What the data in force mean for those who sign in and sign now."""
    names = listed(state.unlisted)
    if not state.unlisted:
        return Said(
            _("状态可以查明，照常登录和签名。"),
            _("已被吊销的证书一律拒绝，其登录随即结束。"),
            tone="green",
        )
    if not state.hard:
        return Said(
            _("部分机构没有有效的吊销列表；按软失败，其证书仍可使用。"),
            _("%(names)s 的证书，除已知被吊销的以外，可以登录和签名。", names=names),
            tone="amber",
        )
    if any(one.source.ocsp for one in state.sources):
        return Said(
            _("部分机构没有有效的吊销列表；按硬失败，只有在线查询证明有效的证书可以使用。"),
            _("%(names)s 的证书，没有有效查询结果的，不能登录和签名。", names=names),
            tone="amber",
        )
    return Said(
        _("部分机构没有有效的吊销列表；按硬失败，其证书现在一律被拒绝。"),
        _(
            "%(names)s 的证书现在不能登录和签名。请恢复来源，或上传该机构现行的吊销列表。",
            names=names,
        ),
        tone="cinnabar",
    )


def taken(count: int, new: int) -> str:
    """What became of an uploaded file."""
    if not new:
        return _("文件中的吊销列表已在使用，没有变化。")
    return _("已启用 %(n)s 份吊销列表，全部服务器在数秒内生效。", n=new)


def refused(code: str, data: Mapping[str, str | int] | None = None) -> Said:
    """Why an uploaded file was not taken."""
    if code == "FILE_MISSING":
        return Said(
            _("没有选择文件。"), _("请选择吊销列表文件（.crl），PEM 或 DER 格式。"), tone="amber"
        )
    return Said(
        _("没有启用这份吊销列表，正在使用的不变。"),
        fault_sentence(code, data),
        tone="cinnabar",
        code=code,
    )
