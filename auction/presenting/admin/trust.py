"""The trust store in words: what an entry is, what it says, its conditions before and after."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from auction.presenting.admin.common import Difference, difference
from auction.presenting.texts import listed

TABLE_KEYS = ("label", "policies", "revocation", "key_kinds", "auto_enrol", "age", "crl", "ocsp")


def kind_word(kind: str) -> str:
    """What a certificate is in the trust store."""
    return _("信任锚") if kind == "anchor" else _("中间证书")


def kind_meaning(kind: str) -> str:
    """What follows from being one."""
    if kind == "anchor":
        return _("由它签发的证书可以登录和签名，按下列条件核对。根证书或指定的签发机构均可。")
    return _("只用于补全证书链，本身不被信任。")


def origin_word(origin: str) -> str:
    """Who put an entry there."""
    words = {
        "table": _("两名安全管理员核定"),
        "file": _("运维人员放置的文件"),
        "demo": _("演示环境自带"),
    }
    return words[origin]


def revocation_word(mode: str) -> str:
    """What happens while the status of a certificate is unknown."""
    if mode == "hard":
        return _("状态不明即拒绝（硬失败）")
    return _("状态不明可以使用，已吊销必拒绝（软失败）")


def usage_words(usages: Sequence[str]) -> str:
    """Key usages of a certificate."""
    words = {
        "digital_signature": _("数字签名"),
        "content_commitment": _("抗抵赖"),
        "key_encipherment": _("密钥加密"),
        "data_encipherment": _("数据加密"),
        "key_agreement": _("密钥协商"),
        "key_cert_sign": _("签发证书"),
        "crl_sign": _("签发吊销列表"),
    }
    return listed(words[one] for one in usages) or _("未限定")


def grouped(fingerprint: str) -> str:
    """A fingerprint in groups of four, to be compared with a printed one."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))


def settings_words(settings: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Key to (label, value) of what officers decide about an authority."""
    policy, sources = settings["policy"], settings["sources"]
    age = policy["max_list_age_hours"]
    return {
        "label": (_("名称"), settings["label"]),
        "policies": (_("证书策略（OID）"), "\n".join(policy["policies"]) or _("不限")),
        "revocation": (_("吊销状态不明时"), revocation_word(policy["revocation"])),
        "key_kinds": (_("接受的密钥"), listed(policy["key_kinds"])),
        "auto_enrol": (
            _("自动登记"),
            _("证书所载代码与填报一致即自动登记")
            if policy["auto_enrol"]
            else _("由安全管理员核定"),
        ),
        "age": (
            _("吊销数据最长有效"),
            _("%(n)s 小时", n=age) if age is not None else _("至下次更新时间为止"),
        ),
        "crl": (_("吊销列表地址"), "\n".join(sources["crl"]) or _("未设置")),
        "ocsp": (_("在线查询地址（OCSP）"), sources["ocsp"] or _("未设置")),
    }


def trust_differences(
    kind: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> list[Difference]:
    """An authority's conditions now, if there are any, and as proposed."""
    keys = TABLE_KEYS if kind == "anchor" else ("label",)
    old = settings_words(before) if before is not None else {}
    return [
        difference(label, old[key][1] if old else None, value)
        for key, (label, value) in settings_words(after).items()
        if key in keys
    ]
