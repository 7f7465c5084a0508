"""The words of the device check: its rows, what was found, and what to do about it (B-2).

Places in braces are filled in by the page's scripts with what they have measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from auction.presenting import sign_in
from auction.presenting.said import Said

OLDEST_CHROMIUM = 86
"""The version floor that the page states; its scripts try out what is needed, whatever the name."""


ISSUER_NOT_SENT = "CERTIFICATE_ISSUER_NOT_SENT"
"""Nobody is told whether it is enrolled; whoever is, needs no issuer's certificate to sign in."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the check, before it has run."""

    key: str
    title: str
    about: str


def rows() -> tuple[Row, ...]:
    """The six rows in their order."""
    return (
        Row("browser", _("本机浏览器"), _("能否在本机签名、保存回执、保持实时连接。")),
        Row("bridge", _("数字证书助手"), _("发证机构装在您电脑上的程序，浏览器经它使用 UKey。")),
        Row("certificate", _("数字证书"), _("本机有哪些证书，本中心是否认可。")),
        Row(
            "signature", _("密码与签名"), _("试签三次，测出一次签名要多久。试签内容没有任何效力。")
        ),
        Row("line", _("连接"), _("到本站往返要多久，实时通道是否畅通。")),
        Row("clock", _("时钟"), _("您的电脑与服务器相差多少。")),
    )


def states() -> Mapping[str, str]:
    """The word of each state that a row can be in."""
    return {
        "waiting": _("尚未检测"),
        "running": _("正在检测"),
        "yours": _("待您操作"),
        "ok": _("正常"),
        "advice": _("建议处理"),
        "problem": _("需处理"),
        "unneeded": _("不需要"),
    }


def words() -> Mapping[str, str]:
    """Everything else that the scripts say."""
    return _browser() | _bridge() | _certificate() | _signature() | _line() | _clock() | _sheet()


def _browser() -> dict[str, str]:
    return {
        "browser_ok": _("可以使用本系统的全部功能。"),
        "browser_advice": _("可以登录和报价，但缺少：{missing}。"),
        "browser_advice_remedy": _(
            "请退出无痕模式，允许本站保存数据；否则回执不能保存在本机，须自行下载。"
        ),
        "browser_problem": _("不能登录和报价，缺少：{missing}。"),
        "browser_problem_remedy": _(
            "请用 https 网址打开本页，允许 Cookie，并升级浏览器：Chrome、Edge 86 以上，或同级的其他"
            "浏览器（国产浏览器用极速模式）。"
        ),
        "browser_name": _("名称和版本"),
        "need_secure": _("安全连接（https）"),
        "need_crypto": _("浏览器密码功能（WebCrypto）"),
        "need_storage": _("本机存储（IndexedDB）"),
        "need_socket": _("实时通道（WebSocket）"),
        "need_cookies": "Cookie",
        "has": _("具备"),
        "has_not": _("缺少"),
    }


def _bridge() -> dict[str, str]:
    return {
        "bridge_none": _("本站没有配置数字证书助手，用证书文件或演示身份签名，不需要它。"),
        "bridge_no_way": _("本站尚未配置任何签名方式。"),
        "bridge_no_way_remedy": _("请联系本中心。"),
        "bridge_ok": _("已连接：{names}。"),
        "bridge_absent": _("没有连接到数字证书助手。"),
        "bridge_absent_remedy": _(
            "请启动发证机构的证书助手后重试；没有安装的，向发证机构索取。浏览器询问是否允许访问"
            "本机设备时，请选择“允许”。"
        ),
        "bridge_absent_soft": _("没有连接到数字证书助手；用证书文件签名的，不需要它。"),
        "bridge_denied": _("浏览器不允许本页访问本机的数字证书助手。"),
        "bridge_denied_remedy": _(
            "请点击地址栏左侧的图标，把“访问本机设备”（本地网络）改为“允许”，再重试。找不到这一项的，"
            "在浏览器设置的“网站权限”里查找“本地网络访问”。"
        ),
        "bridge_fault": _("数字证书助手有应答，但出错。"),
        "bridge_fault_remedy": _("请重新启动助手后重试；仍不行时请联系发证机构。"),
        "bridge_asking": _("浏览器可能询问是否允许本网站访问本机设备，请选择“允许”。"),
        "bridge_fact": _("{seconds} 秒内应答，版本 {version}"),
        "bridge_fact_unversioned": _("{seconds} 秒内应答，没有提供版本"),
        "bridge_fact_absent": _("没有应答"),
    }


def _certificate() -> dict[str, str]:
    return {
        "certificate_none": _("没有找到数字证书。"),
        "certificate_none_key_file": _("请插入 UKey 后重试，或在下面打开证书文件。"),
        "certificate_none_key": _("请插入 UKey，等指示灯亮起后重试。"),
        "certificate_none_file": _("请在下面打开证书文件。"),
        "certificate_none_demo": _("请在下面选择一个演示身份，或用自己的证书。"),
        "certificate_choose": _("找到 {n} 张可以签名的证书，请选择一张。"),
        "certificate_unusable": _("找到的证书都不能签名，原因见各证书。"),
        "certificate_unusable_remedy": _(
            "加密证书只用于解密，不能签名：请选择同一 UKey 中的签名证书。已到期的请向发证机构续期。"
        ),
        "certificate_asking": _("正在请服务器核对证书。"),
        "certificate_soon": _("证书还有 {days} 天到期。"),
        "certificate_soon_remedy": _("请尽快续期，新证书须重新登记。"),
        "fact_holder": _("持有人"),
        "fact_issuer": _("发证机构"),
        "fact_algorithm": _("算法"),
        "fact_serial": _("序列号"),
        "fact_until": _("有效期至"),
        "server_failed": _("没有得到服务器的答复。"),
        "server_failed_remedy": _("请检查网络后重试。"),
    }


def _signature() -> dict[str, str]:
    return {
        "signature_after": _("先选择证书。"),
        "signature_asking": _("第 {n} 次，共 3 次。要求输入密码时，请在证书助手的窗口里输入。"),
        "signature_waiting": _(
            "请在数字证书窗口输入密码。该窗口可能在浏览器后面，请查看任务栏。已等待 {seconds} 秒。"
        ),
        "signature_ok": _("签名约需 {seconds} 秒（三次的中位数），服务器核对无误。"),
        "signature_slow": _("签名约需 {seconds} 秒，较慢；服务器核对无误。"),
        "signature_slow_remedy": _("请勿等到最后几秒才报价；可以请发证机构更换较快的 UKey。"),
        "fact_times": _("三次用时"),
        "fact_kept": _("本机保留"),
        "kept": _("所需秒数保存在本浏览器，竞价席据此提醒您"),
        "not_kept": _("浏览器不允许保存数据，竞价席将另行测量"),
        "seconds": _("{seconds} 秒"),
        "cancel": _("取消"),
    }


def _line() -> dict[str, str]:
    return {
        "line_ok": _("往返 {ms} 毫秒，实时通道畅通。"),
        "line_slow": _("往返 {ms} 毫秒，较慢。"),
        "line_slow_remedy": _("请改用有线网络或另一条线路；报价请多留时间。"),
        "line_fallback": _("实时通道（WebSocket）不通，将改走备用通道：往返 {ms} 毫秒。"),
        "line_fallback_remedy": _(
            "仍可报价，但消息会晚几秒。请网络管理员放行本站的 WebSocket，或换一条线路。"
        ),
        "line_problem": _("没有连上服务器。"),
        "line_problem_remedy": _("请检查网络后重试。"),
        "fact_trip": _("普通请求往返"),
        "fact_socket": _("实时通道往返"),
        "fact_proxy": _("中间代理"),
        "ms": _("{ms} 毫秒（5 次的中位数）"),
        "ms_socket": _("{ms} 毫秒（5 次的中位数），连接用时 {opened} 毫秒"),
        "socket_blocked": _("不通"),
        "proxy_seen": _("服务器看到您的请求经过代理"),
        "proxy_unseen": _("服务器没有看到代理的痕迹（不声明自己的代理看不出来）"),
        "proxy_remedy": _(
            "您的网络经过代理，可能使报价变慢或断开；条件允许时请改用不经代理的线路。"
        ),
    }


def _clock() -> dict[str, str]:
    return {
        "clock_ok": _("您的电脑与服务器相差 {seconds} 秒（误差不超过 {bound} 秒）。"),
        "clock_slow": _("您的电脑慢 {seconds} 秒（误差不超过 {bound} 秒）。"),
        "clock_fast": _("您的电脑快 {seconds} 秒（误差不超过 {bound} 秒）。"),
        "clock_remedy": _(
            "一切以服务器时间为准，本站各页也按服务器时间显示。请在系统设置里打开自动校时，以免"
            "签名所写的时间相差过大。"
        ),
        "clock_problem": _("没有连上服务器，无法比对时钟。"),
        "clock_problem_remedy": _("请检查网络后重试。"),
    }


def _sheet() -> dict[str, str]:
    return {
        "total_ok": _("可以参加竞价。"),
        "total_ok_body": _("六项检测没有发现障碍。是否取得竞买资格，以资格确认书为准。"),
        "total_advice": _("可以参加竞价，另有 {n} 项建议处理。"),
        "total_advice_body": _("不处理也能报价，但可能变慢或不便；办法见各项。"),
        "total_problem": _("需处理 {n} 项。"),
        "total_problem_body": _("请按各项所写的办法处理，然后重新检测。"),
        "total_open": _("还有 {n} 项没有测完。"),
        "total_open_body": _("请按“待您操作”的各项继续。"),
        "total_running": _("正在检测。"),
        "said_row": _("{title}：{state}。{said}"),
        "again": _("重新检测"),
        "between": _("、"),
        "at": _("{date} {time}（北京时间，服务器时钟）"),
    }


def accepted(status_known: bool, status_required: bool) -> Said:
    """A certificate that this centre accepts, as far as anybody may know it."""
    if status_known or not status_required:
        return Said(
            _("本中心认可这张证书。"),
            _("有效期、发证机构和吊销名单已核对。是否已登记，登录时才知道。")
            if status_known
            else _("有效期和发证机构已核对；吊销状态没有名单可查。是否已登记，登录时才知道。"),
            tone="green",
            code="CERTIFICATE_ACCEPTED",
        )
    return Said(
        _("本中心认可这张证书的发证机构，吊销状态登录时查明。"),
        _("有效期和发证机构已核对；现在没有名单可查它是否被吊销，登录时须查明。请提前登录一次。"),
        code="CERTIFICATE_ACCEPTED_STATUS_LATER",
    )


def signature_good() -> Said:
    """The trial signature is that of the certificate."""
    return Said(_("签名核对无误。"), "", tone="green", code="SIGNATURE_GOOD")


def refused(code: str) -> Said:
    """Why the server refuses a certificate or a trial signature, and what to do."""
    if code == "CHECK_TOO_OFTEN":
        return Said(_("检测过于频繁。"), _("请等一分钟后再试。"), code=code)
    if code == ISSUER_NOT_SENT:
        return Said(
            _("证书没有附带发证机构的证书，本页无法核对。"),
            _(
                "UKey 只交出了它自己的证书，没有交出发证机构的证书。已登记的证书仍可登录，请登录"
                "一次确认；尚未登记的，请联系本中心。"
            ),
            code=code,
        )
    if code.startswith("CERTIFICATE_"):
        said = sign_in.explain(code)
        return Said(said.title, said.body, tone=said.tone, code=code)
    if code == "STATEMENT_WRONG_AUDIENCE":
        return Said(
            _("签名不是给本网站的。"),
            _("请从地址栏确认您访问的是本中心的网址，再重新检测。"),
            tone="cinnabar",
            code=code,
        )
    return Said(
        _("签名没有通过核对。"),
        _("请重新检测；仍不通过时，请联系发证机构检查证书和助手。"),
        tone="cinnabar",
        code=code,
    )


def failures() -> Mapping[str, dict[str, str]]:
    """Why a key did not sign, by the signer's code: what happened, what to do."""
    said = {
        "cancelled": (_("您已取消试签。"), _("可以重试。")),
        "timeout": (_("数字证书没有回应。"), _("请重试；再不回应时，重新插入证书。")),
        "wrong_pin": (
            _("密码不正确，还可尝试 {left} 次。"),
            _("次数用尽后证书将锁定，只能由发证机构解锁。忘记密码的，请勿再试。"),
        ),
        "wrong_pin_uncounted": (
            _("密码不正确。"),
            _("次数用尽后证书将锁定，只能由发证机构解锁。忘记密码的，请勿再试。"),
        ),
        "pin_locked": (
            _("数字证书已锁定。"),
            _("密码错误次数已用尽，只能由发证机构解锁。请改用已登记的备用证书。"),
        ),
        "no_device": (_("未检测到数字证书。"), _("请插入数字证书，等指示灯亮起后重试。")),
        "unknown_key": (_("这张证书已不在本页。"), _("请重新插入证书，或重新打开证书文件。")),
        "unsupported_key": (
            _("本系统不接受这种密钥。"),
            _("可用的有 SM2、RSA（2048 至 4096 位）、P-256 和 P-384。请向发证机构换领。"),
        ),
        "bridge_absent": (_("数字证书助手已断开。"), _("请确认助手正在运行，然后重试。")),
        "bridge_denied": (
            _("浏览器不允许本页访问本机的数字证书助手。"),
            _("请点击地址栏左侧的图标，把“访问本机设备”（本地网络）改为“允许”，再重试。"),
        ),
        "failed": (
            _("签名没有完成。"),
            _("请重新插入证书后重试；仍不行时请重启助手，或联系发证机构。"),
        ),
    }
    return {code: {"title": title, "body": body} for code, (title, body) in said.items()}
