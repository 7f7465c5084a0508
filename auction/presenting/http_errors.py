"""What an error says that has no words of its own: what happened, what to do."""

from flask_babel import gettext as _


def usual(status: int) -> tuple[str, str]:
    """Title and sentence by HTTP status."""
    match status:
        case 400:
            return (
                _("请求的内容不完整，没有处理"),
                _("请返回上一页，检查后重新提交。填写的内容仍在原页面。"),
            )
        case 403:
            return (
                _("您不能打开这一页"),
                _("这一页属于其他身份。请确认登录的身份；如应当可以打开，请联系本中心。"),
            )
        case 404:
            return _("没有这一页"), _("请检查地址，或从公告和宗地列表进入。")
        case 405:
            return _("这一页不接受这样的请求"), _("请从原页面的按钮进入。")
        case 413:
            return _("提交的文件太大，没有接收"), _("请压缩或分成几份后重新提交。")
        case 429:
            return _("请求过于频繁，暂未处理"), _("请稍候片刻再试。已记录的报价不受影响。")
        case 500:
            return (
                _("系统出现故障，没有完成这次操作"),
                _("故障已记录。请勿重复提交；请先查询结果，或致电值班电话。"),
            )
        case _:
            return _("没有完成这次操作"), _("请返回上一页。")
