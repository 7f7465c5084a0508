"""What the page says of keys: waiting for one, and each way in which signing can fail (M7)."""

from collections.abc import Mapping
from dataclasses import replace

from flask_babel import gettext as _

from auction.presenting.figures import day_of
from auction.presenting.said import Said


def words(enrolling: bool = False) -> Mapping[str, dict[str, str]]:
    """Every message by the signer's code, its places ({left}, {seconds}) still in braces.

    Whoever is `enrolling` signs with the certificate that he asks to have enrolled.
    """
    told = (*_waiting(), *_files(), *_bridges(), *_others(), *_undetected())
    newcomer = _newcomer() if enrolling else ()
    return {key: said.to_dict() for key, said in (*told, *newcomer)}


def cards() -> Mapping[str, str]:
    """What stands on a certificate's card (static/js/signin/cards.mjs)."""
    return {
        "kind_demo": _("演示证书"),
        "kind_soft": _("证书文件"),
        "kind_bridge": _("UKey"),
        "serial": _("尾号 %(tail)s", tail="{tail}"),
        "day": day_of("{y}", "{m}", "{d}"),
        "until": _("有效期至 %(day)s", day="{day}"),
        "soon": _("▲ 还有 %(days)s 天到期，请尽快续期", days="{days}"),
        "expired": _("已于 %(day)s 到期，不能登录。请向发证机构续期，并登记新证书。", day="{day}"),
        "early": _("%(day)s 起才有效，现在不能登录。", day="{day}"),
        "encryption": _("这是加密证书，只用于解密，不能签名登录。请选择同一 UKey 中的签名证书。"),
        "algorithm": _("这种密钥不受支持。请使用 SM2、RSA 或 P-256、P-384 证书。"),
    }


def _waiting() -> list[tuple[str, Said]]:
    return [
        (
            "waiting",
            Said(
                _("请在数字证书窗口输入密码。"),
                _(
                    "该窗口可能在浏览器后面，请查看任务栏。尚未提交。已等待 %(seconds)s 秒。",
                    seconds="{seconds}",
                ),
                code="SIGN_WAIT",
            ),
        ),
        ("signing", Said(_("正在签名，请勿关闭本页。"), "", tone="blue", code="SIGN_WAIT")),
        (
            "unknown_key",
            Said(
                _("本页没有连上您登录所用的数字证书，没有提交。"),
                _("请插入该证书或打开其证书文件；也可以退出后用本机的证书重新登录。"),
                code="SIGN_BRIDGE",
            ),
        ),
        (
            "missing",
            Said(
                _("本页还没有连上您登录所用的数字证书。"),
                _("请插入该证书或打开其证书文件；也可以退出后用本机的证书重新登录。"),
                code="SIGN_BRIDGE",
            ),
        ),
        (
            "other_key",
            Said(
                _("打开的不是您登录所用的证书。"),
                _("请打开登录时所用的证书，或退出后用这张证书重新登录。"),
                code="SIGN_BRIDGE",
            ),
        ),
        ("cancel", Said(_("取消"), "", tone="blue")),
        ("cancelled", Said(_("您已取消签名，没有提交。"), "", code="SIGN_CANCELLED")),
        (
            "timeout",
            Said(
                _("数字证书没有回应，没有提交。"),
                _("您可以重试，或插入已登记的备用证书。"),
                code="SIGN_TIMEOUT",
            ),
        ),
        (
            "failed",
            Said(_("签名没有完成，没有提交。"), _("请重试。"), code="SIGN_FAILED"),
        ),
    ]


def _newcomer() -> list[tuple[str, Said]]:
    open_it = _("请插入要登记的证书或打开其证书文件。")
    said = {
        "unknown_key": (_("本页没有连上您要登记的证书，没有提交。"), open_it),
        "missing": (_("本页还没有连上您要登记的证书。"), open_it),
        "other_key": (
            _("打开的不是您要登记的证书。"),
            _("请打开申请登记的那张证书，或用这张证书重新开始。"),
        ),
    }
    return [(key, Said(title, body, code="SIGN_BRIDGE")) for key, (title, body) in said.items()]


def _undetected() -> list[tuple[str, Said]]:
    """What looking for keys has come to, where there was nothing to submit."""
    told = {
        "bridge_absent": _("没有连接到数字证书助手。"),
        "bridge_denied": _("浏览器不允许本页访问本机的数字证书助手。"),
        "no_device": _("未检测到数字证书。"),
        "bridge_fault": _("数字证书助手有应答，但出错。"),
    }
    usual = dict(_bridges())
    return [
        (f"detected_{state}", replace(usual[state], title=title)) for state, title in told.items()
    ]


def _files() -> list[tuple[str, Said]]:
    return [
        (
            "no_file",
            Said(
                _("请先选择文件。"),
                _("请选择发证机构给您的 .pfx 或 .p12 文件。"),
                code="PFX_MISSING",
            ),
        ),
        (
            "not_a_pfx",
            Said(
                _("这不是证书文件，或文件已损坏。"),
                _("请选择发证机构给您的 .pfx 或 .p12 文件。"),
                code="PFX_UNREADABLE",
            ),
        ),
        (
            "wrong_password",
            Said(
                _("证书文件的密码不正确。"),
                _("请重新输入，注意大小写和输入法。密码错误不会锁定证书文件。"),
                code="PFX_PASSWORD",
            ),
        ),
        (
            "no_key",
            Said(
                _("文件里没有可以签名的证书。"),
                _("其中没有私钥，或只有加密证书。请选择签名证书的文件。"),
                code="PFX_NO_KEY",
            ),
        ),
        (
            "unsupported_key",
            Said(
                _("本系统不接受这种密钥或文件保护方式。"),
                _("可用的有 SM2、RSA（2048 至 4096 位）、P-256 和 P-384。请向发证机构换领。"),
                code="PFX_UNSUPPORTED",
            ),
        ),
        (
            "storage",
            Said(
                _("浏览器不允许保存数据，证书没有保持打开。"),
                _("请退出无痕模式或允许本站保存数据，也可以不选“保持打开”。"),
                code="SIGN_STORAGE",
            ),
        ),
    ]


def _bridges() -> list[tuple[str, Said]]:
    return [
        (
            "connecting",
            Said(
                _("正在连接数字证书助手。"),
                _("浏览器询问是否允许访问本机设备时，请选择允许。"),
                tone="blue",
                code="SIGN_BRIDGE",
            ),
        ),
        ("ready", Said(_("已检测到数字证书。"), "", tone="green", code="SIGN_BRIDGE")),
        (
            "bridge_absent",
            Said(
                _("未连接到数字证书助手，没有提交。"),
                _("请确认助手正在运行；浏览器询问是否允许访问本机设备时，请选择允许。"),
                code="SIGN_BRIDGE",
            ),
        ),
        (
            "bridge_denied",
            Said(
                _("浏览器不允许本页访问本机的数字证书助手，没有提交。"),
                _("请点击地址栏左侧的图标，把访问本机设备（本地网络）改为允许，再重试。"),
                code="SIGN_BRIDGE",
            ),
        ),
        (
            "no_device",
            Said(
                _("未检测到数字证书，没有提交。"),
                _("请插入数字证书，等指示灯亮起后重试。"),
                code="SIGN_NO_KEY",
            ),
        ),
        (
            "wrong_pin",
            Said(
                _("密码不正确，还可尝试 %(left)s 次。", left="{left}"),
                _("次数用尽后证书将锁定，只能由发证机构解锁。没有提交。"),
                code="SIGN_PIN",
            ),
        ),
        (
            "wrong_pin_uncounted",
            Said(
                _("密码不正确。"),
                _("次数用尽后证书将锁定，只能由发证机构解锁。没有提交。"),
                code="SIGN_PIN",
            ),
        ),
        (
            "pin_locked",
            Said(
                _("数字证书已锁定，没有提交。"),
                _("密码错误次数已用尽，只能由发证机构解锁。您可以插入已登记的备用证书。"),
                tone="cinnabar",
                code="SIGN_LOCKED",
            ),
        ),
        (
            "bridge_fault",
            Said(
                _("数字证书助手出错，没有提交。"),
                _("请重新插入证书后重试；仍不行时请重启助手，或联系发证机构。"),
                code="SIGN_BRIDGE",
            ),
        ),
    ]


def _others() -> list[tuple[str, Said]]:
    return [
        (
            "insecure_context",
            Said(
                _("本浏览器在此网址下不能使用证书。"),
                _("请用 https 或本机网址打开。"),
                code="SIGN_INSECURE",
            ),
        ),
        (
            "network",
            Said(
                _("没有连上服务器，没有提交。"),
                _("请检查网络后重试。"),
                code="NETWORK",
            ),
        ),
        (
            "other_form",
            Said(
                _("页面中的申请书与要签名的摘要不一致，没有签名。"),
                _("请刷新本页。"),
                tone="cinnabar",
                code="OTHER_FORM",
            ),
        ),
    ]
