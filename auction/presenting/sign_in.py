"""Why a sign-in, a certificate or a statement was refused, and what to do about it."""

from dataclasses import dataclass
from typing import Protocol

from flask_babel import gettext as _

from auction.presenting.texts import listed

PASSING = frozenset(
    {
        *("CHALLENGE_EXPIRED", "CONFIRMATION_EXPIRED", "STATEMENT_WRONG_NONCE"),
        *("CERTIFICATE_STATUS_UNKNOWN", "STATEMENT_BAD_SIGNATURE"),
    }
)
"""Refusals that another attempt with the same certificate may not meet again."""


class HasRoles(Protocol):
    """A person as far as this module needs one."""

    @property
    def roles(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Said:
    """A message: what happened, what it means and what to do; `tone` is its colour."""

    title: str
    body: str
    tone: str = "amber"


def roles(person: HasRoles) -> str:
    """What a person does here, in words."""
    words = {
        "drafter": _("公告起草"),
        "approver": _("公告签批"),
        "finance": _("资金核对"),
        "auditor": _("审计"),
        "security": _("安全管理"),
    }
    return listed(words[role] for role in person.roles) or _("竞买人")


def elsewhere(since: str) -> Said:
    """The question before a sign-in ends the session of the same certificate elsewhere (B-10)."""
    return Said(
        _("此证书正在另一台电脑使用（%(since)s 登录）。", since=since),
        _("继续将使那台电脑退出。"),
    )


def explain(code: str) -> Said:
    """The sentence for a reason code of the certificate room or of sign-in."""
    match code:
        case "SESSION_TAKEN":
            return Said(
                _("您已在另一台电脑登录，本页已停止。"),
                _(
                    "同一证书同时只能在一处使用。已记录的报价不受影响。如不是您本人操作，请立即联系发证机构停用证书。"
                ),
                "cinnabar",
            )
        case "SESSION_EXPIRED":
            return Said(_("登录已过期。"), _("为保护您的账户，长时间未操作须重新登录。"))
        case "SIGNED_OUT":
            return Said(_("您已退出。"), _("如需继续，请重新登录。"), "blue")
        case "SIGNED_IN_AGAIN":
            return Said(_("本浏览器已重新登录。"), _("请刷新本页后继续。"), "blue")
        case "CONFIRMATION_EXPIRED":
            return Said(
                _("确认已超时，没有登录；另一处的登录仍然有效。"),
                _("登录后须在两分钟内确认。请重新选择证书登录。"),
            )
        case "CERT_REVOKED" | "CERTIFICATE_REVOKED":
            return Said(
                _("您的数字证书已被吊销，不能继续使用。"),
                _("此前已记录的报价不受影响。对吊销有疑问，请联系发证机构。"),
                "cinnabar",
            )
        case "CERT_EXPIRED" | "CERTIFICATE_EXPIRED":
            return Said(_("您的数字证书已到期。"), _("请向发证机构续期并重新登记。"), "cinnabar")
        case "CERT_RETIRED" | "CERTIFICATE_RETIRED":
            return Said(
                _("此证书已在本系统停用。"),
                _("停用不能撤销。请使用已登记的其他证书登录，或登记一张新证书。"),
                "cinnabar",
            )
        case "CERT_UNTRUSTED":
            return Said(
                _("您的证书的颁发机构已不在本中心的信任列表中。"),
                _("此前已记录的报价不受影响。请改用其他已登记的证书登录，或联系本中心。"),
                "cinnabar",
            )
        case "CERTIFICATE_NOT_YET_VALID":
            return Said(_("您的数字证书尚未生效。"), _("请核对证书的有效期。"))
        case "ROLES_CHANGED":
            return Said(
                _("您的职责已变更，登录已结束。"), _("请重新登录，按新的职责办理。"), "amber"
            )
        case "OFFICER_INACTIVE":
            return Said(_("您的账户已停用。"), _("请联系本中心的安全管理员。"), "cinnabar")
        case "NOT_ENROLLED":
            return Said(
                _("此证书尚未登记。"),
                _("请先在诚信库登记主体信息并绑定证书，再登录。"),
            )
        case "CERTIFICATE_BOUND":
            return Said(_("此证书已登记在其他主体名下。"), _("请使用本单位的证书，或联系本中心。"))
        case "CHALLENGE_EXPIRED" | "STATEMENT_WRONG_NONCE":
            return Said(
                _("登录请求已超时。"), _("每次登录请求两分钟内有效，只能使用一次。请重新登录。")
            )
        case "CERTIFICATE_UNTRUSTED" | "CERTIFICATE_DEMO":
            return Said(
                _("不受信任的颁发机构。"),
                _("请使用本中心认可的发证机构签发的证书。"),
                "cinnabar",
            )
        case "CERTIFICATE_WRONG_USAGE":
            return Said(_("此证书不能用于签名登录。"), _("请选择签名证书，而不是加密证书。"))
        case "CERTIFICATE_KEY_REFUSED":
            return Said(
                _("此证书的密钥不符合要求。"),
                _("请向发证机构更换证书：SM2、P-256、P-384，或 2048 至 4096 位的 RSA。"),
            )
        case "CERTIFICATE_MALFORMED" | "CERTIFICATE_TOO_LARGE" | "CERTIFICATE_TOO_MANY":
            return Said(
                _("无法读取此证书。"),
                _("请重新选择证书；如再次出现，请联系发证机构。"),
            )
        case "CERTIFICATE_KIND_REFUSED":
            return Said(
                _("本中心不接受该发证机构的此类算法证书。"),
                _("请向发证机构申领本中心认可的算法（如 SM2）的签名证书。"),
            )
        case "CERTIFICATE_POLICY_REFUSED":
            return Said(
                _("此证书的种类不在认可范围。"),
                _("请使用该发证机构签发的、本中心认可种类的证书；认可范围可向本中心查询。"),
            )
        case "CERTIFICATE_WEAK_SIGNATURE":
            return Said(
                _("此证书由已淘汰的算法签发，不再安全。"),
                _("请向发证机构更换证书，并重新登记。"),
            )
        case "CERTIFICATE_STATUS_UNKNOWN":
            return Said(_("暂时无法查明证书状态。"), _("请稍后再试；如持续出现，请联系本中心。"))
        case "STATEMENT_WRONG_AUDIENCE":
            return Said(
                _("签名不是给本网站的。"),
                _("请从地址栏确认您访问的是本中心的网址，再重新登录。"),
                "cinnabar",
            )
        case _:
            return Said(
                _("签名没有通过核对，没有登录。"),
                _("请重新登录；如再次出现，请到设备检测页检查证书。"),
            )
