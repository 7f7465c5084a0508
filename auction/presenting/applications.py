"""Why an application, a receipt or a consent was not taken, and what to do about it."""

from collections.abc import Mapping

from flask_babel import gettext as _

from auction.core.instants import from_us
from auction.documents.listing_papers import share_text
from auction.presenting import sign_in
from auction.presenting.figures import day_clock
from auction.presenting.said import Said

Facts = Mapping[str, int | str]


def refused(code: str, facts: Facts) -> Said:
    """The sentence for a code of services.applications or of the certificate room."""
    words = _window(code, facts) or _form(code, facts) or _part(code) or _signature(code)
    if words is None:
        told = sign_in.explain(code)
        return Said(told.title, told.body, tone=told.tone, code=code)
    return Said(*words, tone="amber", code=code)


def _window(code: str, facts: Facts) -> tuple[str, str] | None:
    at = day_clock(from_us(int(facts["at_us"]))) if "at_us" in facts else ""
    match code:
        case "APPLY_TOO_EARLY":
            return (
                _("申请尚未开始。"),
                _("竞买申请自 %(at)s 起受理。您可以先阅读出让文件。", at=at),
            )
        case "APPLY_TOO_LATE":
            return (
                _("申请时间已过。"),
                _("竞买申请已于 %(at)s 截止，不再受理。您仍可旁观报价。", at=at),
            )
        case "DEPOSIT_CLOSED":
            return (
                _("保证金截止时间已过，现在提交的申请不能取得竞买资格。"),
                _(
                    "保证金须在 %(at)s（含）前入账，现在申请已来不及缴纳，因此没有提交。",
                    at=at,
                ),
            )
        case "APPLY_SUSPENDED":
            return (
                _("挂牌已中止，中止期间不受理申请。"),
                _("恢复后申请和保证金的截止时间按中止的时长顺延。"),
            )
        case "LOT_CLOSED":
            return _("本宗地交易已经结束。"), _("不再受理申请。结果见宗地页。")
    return None


def _form(code: str, facts: Facts) -> tuple[str, str] | None:
    match code:
        case "CONTACT_MISSING":
            return _("请填写联系人。"), _("1 至 60 个字。")
        case "PHONE_WRONG":
            return _("联系电话无法识别。"), _("请填写 5 至 30 位数字，例如 0971-1234567。")
        case "JOINT_NOT_ALLOWED":
            return _("本宗地不接受联合申请。"), _("请改为单独申请。")
        case "SINGLE_NOT_ALLOWED":
            return _("本宗地只接受联合申请。"), _("请填写联合方。")
        case "PARTNERS_MISSING":
            return _("请至少填写一个联合方。"), _("填写联合方的名称和出资比例，或改为单独申请。")
        case "PARTNERS_TOO_MANY":
            return (
                _("联合方太多。"),
                _("一份联合申请最多 %(n)s 个联合方。", n=facts.get("limit", "")),
            )
        case "PARTNER_UNKNOWN":
            return (
                _("没有找到这个联合方。"),
                _("联合方须先在诚信库登记。请按营业执照填写全称，或请对方先登记。"),
            )
        case "PARTNER_TWICE":
            return _("同一单位填写了两次。"), _("每一方只填写一次。")
        case "SHARE_WRONG":
            return _("出资比例无法识别。"), _("请填写大于 0、不超过 100、最多两位小数的百分数。")
        case "SHARES_NOT_WHOLE":
            total = share_text(int(facts.get("sum_bp", 0)))
            return (
                _("出资比例合计应为 100 %%。"),
                _("现在合计 %(sum)s %%，请修改。", sum=total),
            )
    return None


def _part(code: str) -> tuple[str, str] | None:
    match code:
        case "ALREADY_APPLIED":
            return (
                _("您已提交本宗地的申请。"),
                _("同一主体在同一宗地只能申请一次。请回到任务单继续办理。"),
            )
        case "TAKES_PART_JOINTLY":
            return (
                _("您已同意参加本宗地的一份联合申请。"),
                _("同一主体在同一宗地只能参加一次（单独或联合）。如要另行申请，请先撤回联合申请。"),
            )
        case "ALREADY_TAKES_PART":
            return (
                _("您已参加本宗地的另一份申请，不能再同意。"),
                _("同一主体在同一宗地只能参加一次（单独或联合）。牵头方不会得知具体原因。"),
            )
        case "JOINT_WITHDRAWN":
            return _("这份联合申请已被撤回。"), _("如牵头方提出新的申请，您会在工作台看到。")
        case "CONSENT_MISSING":
            return (
                _("联合方尚未全部签名同意。"),
                _("全部联合方对同一份申请书签名后，才能提交。"),
            )
        case "EXCLUDED_DEFAULTER":
            return (
                _("您不能参加本宗地的再次挂牌。"),
                _(
                    "此前同一宗地的成交因您的原因作废，按本场规则不得再次参加。对此有异议的，请联系本中心。"
                ),
            )
        case "BANNED_DEFAULTER":
            return (
                _("您目前不能参加本机构的挂牌。"),
                _("您此前的一次成交作废，按该场规则的限制期尚未届满。对此有异议的，请联系本中心。"),
            )
        case "ACCOUNTS_EXHAUSTED":
            return (
                _("暂时不能生成保证金账号，申请没有提交。"),
                _("请联系本中心，稍后再提交一次。"),
            )
        case "NOT_A_PRACTICE_LOT":
            return _("一键参加只用于演练。"), _("正式交易请按任务单逐步办理。")
        case "NOT_A_BIDDER":
            return _("只有竞买人可以申请。"), _("请用竞买人的证书登录。")
    return None


def _signature(code: str) -> tuple[str, str] | None:
    match code:
        case "STATEMENT_MISMATCH":
            return (
                _("签名的内容与现在的文件不一致，没有提交。"),
                _("文件或申请书在您签名前有变化。请刷新本页，核对后重新签名。"),
            )
        case "STATEMENT_WRONG_CERTIFICATE":
            return (
                _("签名证书不是您登录所用的证书，没有提交。"),
                _("请用登录时的证书签名，或退出后用另一张证书登录。"),
            )
    if code.startswith("STATEMENT_"):
        return _("签名没有通过核对，没有提交。"), _("请重新签名；如再次出现，请联系本中心。")
    return None
