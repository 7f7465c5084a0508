"""Changes that two officers make, in words: what one is about, what follows, why one is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from auction.presenting import sign_in
from auction.presenting.said import Said
from auction.presenting.texts import listed


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of a comparison; `changed` is said in words as well as by colour."""

    label: str
    before: str
    after: str
    changed: bool


def difference(label: str, before: str | None, after: str) -> Difference:
    """One line; `before` is None where there is nothing to compare with."""
    return Difference(label, before or "", after, before is not None and before != after)


def change_title(subject: str, act: str, name: str) -> str:
    """What a change is about, in one line."""
    words = {
        ("trust", "add"): _("新增证书 %(name)s", name=name),
        ("trust", "change"): _("修改 %(name)s 的信任条件", name=name),
        ("trust", "remove"): _("不再信任 %(name)s", name=name),
        ("officer", "add"): _("新增工作人员 %(name)s", name=name),
        ("officer", "change"): _("变更 %(name)s 的职责或状态", name=name),
        ("officer", "bind"): _("为 %(name)s 绑定另一张证书", name=name),
        ("officer", "retire"): _("停用 %(name)s 的一张证书", name=name),
    }
    return words.get((subject, act), f"{subject} {act} {name}")


def register_sentence(kind: str, data: Mapping[str, Any]) -> str:
    """A change in the register log. Officers stand there by their ids, as in all its entries."""
    content = data.get("content", {})
    name = str(content.get("label") or content.get("name") or data.get("target", "-")[:16])
    what = change_title(str(data.get("subject")), str(data.get("act")), name)
    who = proposer_word(str(data["officer"]), str(data["officer"]))
    values = {"who": who, "what": what, "reason": str(content.get("reason", ""))}
    if kind == "change_proposed":
        return _("%(who)s 提议：%(what)s。事由：%(reason)s。", **values)
    if kind == "change_adopted":
        return _("%(who)s 采纳运维人员的提议：%(what)s。", **values)
    proposed_by = str(data.get("proposed_by", "-"))
    first = proposer_word(proposed_by, proposed_by)
    match data.get("outcome"):
        case "approved":
            return _("%(first)s 提议、%(who)s 核定：%(what)s。", first=first, **values)
        case "withdrawn":
            return _("%(who)s 撤回提议：%(what)s。", **values)
    return _("%(first)s 提议、%(who)s 未同意：%(what)s。", first=first, **values)


def outcome_word(approved: bool, withdrawn: bool) -> str:
    """How a change was settled."""
    if approved:
        return _("已核定")
    return _("已撤回") if withdrawn else _("未同意")


def proposer_word(proposed_by: str, name: str) -> str:
    """Who proposed a change."""
    return _("运维人员（服务器命令行）") if proposed_by == "operator" else name


def consequences(
    subject: str, act: str, settings: Mapping[str, Any], *, ended: int, silent: Sequence[str]
) -> list[tuple[str, str]]:
    """(tone, sentence) of what follows at once when the change is approved."""
    found = []
    if ended:
        found.append(("cinnabar", _("%(n)s 个正在使用的登录将立即结束。", n=ended)))
    if subject == "trust" and act != "remove" and settings["policy"]["auto_enrol"]:
        found.append(("amber", _("持有此机构证书的单位，代码一致即自动登记，不经人工核定。")))
    if silent:
        names = listed(silent)
        found.append(
            (
                "cinnabar",
                _(
                    "%(names)s 没有可用的吊销列表，也没有在线查询地址：取得之前一律拒绝其证书。",
                    names=names,
                ),
            )
        )
    return found


def expiry_warning(name: str, days: int) -> str:
    """A certificate that ends soon."""
    if days < 0:
        return _("%(name)s 已到期。", name=name)
    return _("%(name)s 还有 %(n)s 天到期。", name=name, n=days)


def problem(code: str) -> str:
    """What is wrong with a field, and what to write instead."""
    words = {
        "LABEL_MISSING": _("请填写名称，不超过 120 个字。"),
        "POLICY_OID": _("请填写用点分隔的数字，例如 1.2.156.10260.4.1，每行一个，最多 16 个。"),
        "KEY_KINDS_NEEDED": _("请至少选择一种密钥。"),
        "LIST_AGE": _("请填写 1 至 1440 之间的整数，或者留空。"),
        "SOURCE_TOO_LONG": _("地址过长，最多 300 个字符。"),
        "SOURCE_MALFORMED": _("请填写完整的地址，例如 http://crl.example.cn/ca.crl，不含空格。"),
        "SOURCE_SCHEME": _("地址须以 http:// 或 https:// 开头。"),
        "SOURCE_CREDENTIALS": _("地址中不能含有用户名或密码。"),
        "SOURCE_FRAGMENT": _("地址中不能含有 # 号。"),
        "SOURCE_TOO_MANY": _("最多四个地址，且不能重复。"),
        "REASON_MISSING": _("请写明事由，4 至 200 个字。"),
        "NAME_MISSING": _("请填写姓名，不超过 60 个字。"),
        "ROLES_MISSING": _("请至少选择一项职责。"),
        "AUDITOR_APART": _("审计人员不能兼任其他职责。"),
        "SECURITY_APART": _("安全管理员知悉登记的单位，不能兼任起草或签批。"),
        "FINANCE_APART": _("资金人员知悉付款的单位，不能兼任起草或签批。"),
        "DRAFTER_APART": _("起草和签批须由两人分别担任。"),
        "FILE_MISSING": _("请选择证书文件。"),
    }
    return words.get(code, code)


def refused(code: str) -> Said:
    """Why a proposal or a decision was not taken."""
    match code:
        case "ANCHOR_NOT_CA":
            said = (
                _("这不是签发机构的证书。"),
                _(
                    "信任库只收可以签发证书的机构证书（CA）。请向发证机构索取其根证书或签发机构证书。"
                ),
            )
        case "ANCHOR_KEY_REFUSED":
            said = (
                _("此证书的密钥不被接受。"),
                _("接受 SM2、RSA 2048 至 4096 位、P-256、P-384。请向发证机构索取新的证书。"),
            )
        case "ANCHOR_EXPIRED":
            said = _("此证书已到期。"), _("请向发证机构索取现行的证书。")
        case "ANCHOR_DEMO" | "CERTIFICATE_DEMO":
            said = (
                _("这是演练用的证书，正式环境不接受。"),
                _("请上传发证机构正式的证书。"),
            )
        case "ANCHOR_DUPLICATE":
            said = _("此证书已在信任库中。"), _("如需修改条件，请打开该证书的页面。")
        case "CERTIFICATE_MALFORMED" | "FILE_MISSING":
            said = (
                _("没有读到证书。"),
                _("请选择 PEM 或 DER 格式的证书文件（.cer、.crt、.pem），不要选择 .pfx。"),
            )
        case "CERTIFICATE_TOO_LARGE":
            said = _("文件过大，不像是证书。"), _("证书一般只有几 KB。请检查所选的文件。")
        case "ONE_CERTIFICATE":
            said = _("文件中有多张证书。"), _("信任库一次只收一张，请分别上传。")
        case "NOT_IN_TABLE":
            said = (
                _("这张证书不由页面管理。"),
                _("文件放置的和演示环境自带的证书只能查看。如需管理，请先上传并核定。"),
            )
        case "STILL_A_FILE":
            said = (
                _("这张证书还在运维人员的目录中。"),
                _("请先由运维人员删除该文件并重新启动，否则移出后仍会按默认条件被信任。"),
            )
        case "NOTHING_CHANGED":
            said = _("没有改动。"), _("填写的内容与现在相同，无须提议。")
        case "SETTINGS_WRONG" | "ROLES_WRONG":
            said = _("填写的内容有误。"), _("请按各栏的提示修改。")
        case "REASON_MISSING":
            said = _("请写明事由。"), _("事由 4 至 200 个字，写入登记日志。")
        case "PROPOSAL_WAITS":
            said = _("这里已有一项变更等待核定。"), _("请先核定或撤回该项，再提出新的变更。")
        case "NO_PROPOSAL":
            said = _("这项变更已不在等待核定。"), _("可能已经核定、撤回或超过七天。请查看记录。")
        case "SAME_PERSON":
            said = (
                _("提议人不能核定自己的提议。"),
                _("请由另一名安全管理员核定，或者由您撤回。"),
            )
        case "NEEDS_ADOPTION":
            said = (
                _("这是从服务器命令行提出的，不能直接核定。"),
                _("须先由一名安全管理员以自己的名义采纳，再由另一名核定。"),
            )
        case "NOT_TO_ADOPT":
            said = _("这项提议无须采纳。"), _("它由一名安全管理员提出，请由另一名直接核定。")
        case "OWN_ACCOUNT":
            said = _("您不能提议或核定涉及本人的变更。"), _("请由其他安全管理员办理。")
        case "PROPOSER_GONE":
            said = (
                _("提议人已不是安全管理员，提议不再有效。"),
                _("如仍需要，请重新提议，由另一名安全管理员核定。"),
            )
        case "NOT_SECURITY":
            said = _("您已不是安全管理员。"), _("请重新登录。")
        case "CHANGE_STALE":
            said = (
                _("提议之后情况已经改变，不能照原样核定。"),
                _("请不同意这项提议，按现在的情况重新提议。"),
            )
        case "SECURITY_NEEDED":
            said = (
                _("这项变更会使能够登录的安全管理员少于两名。"),
                _(
                    "少于两名时任何变更都无法核定。请先增加安全管理员，或为其绑定另一张证书；"
                    "改为硬失败的，请先备齐各级机构的吊销列表。"
                ),
            )
        case "CERTIFICATE_BOUND":
            said = _("此证书已登记在他人名下。"), _("每张证书只属于一人。请选择本人的证书。")
        case "HOLDER_KNOWN":
            said = (
                _("此证书的持有人已是另一名在职工作人员。"),
                _(
                    "一人只有一个账户。需要新证书的，请在其本人页面上提议；要恢复停用的账户，请先停用另一个。"
                ),
            )
        case "CERTIFICATE_UNTRUSTED":
            said = (
                _("此证书不能追溯到信任库中的机构。"),
                _("请上传附带签发机构证书的文件，或先将签发机构的证书作为中间证书收入信任库。"),
            )
        case "CERTIFICATE_REVOKED":
            said = _("此证书或其上级证书已被吊销。"), _("请换一张可用的证书。")
        case "CERTIFICATE_EXPIRED":
            said = _("此证书已到期。"), _("请换一张可用的证书。")
        case "CERTIFICATE_NOT_YET_VALID":
            said = _("此证书尚未生效。"), _("请换一张可用的证书，或在生效后办理。")
        case "STAFFED":
            said = (
                _("已有两名能够登录的安全管理员。"),
                _("其他人员由他们在“工作人员”页面提议和核定。"),
            )
        case "SAME_OFFICER":
            said = (
                _("两名安全管理员须是不同的两人。"),
                _("请分别给出不同的姓名和各自密钥的证书。"),
            )
        case "NAME_MISSING":
            said = _("姓名有误。"), _("请填写姓名，不超过 60 个字。")
        case "CERTIFICATE_REFUSED":
            said = (
                _("此证书现在已不能登录，没有绑定。"),
                _("它可能已被吊销、到期或不再受信任。请不同意这项提议，换一张证书重新提议。"),
            )
        case "UNKNOWN_OFFICER" | "UNKNOWN_CERTIFICATE":
            said = _("没有找到所指的人员或证书。"), _("情况可能刚刚变化，请返回名单查看。")
        case _:
            told = sign_in.explain(code)
            return Said(told.title, told.body, tone="cinnabar", code=code)
    return Said(*said, tone="cinnabar", code=code)
