"""From the end of bidding to the contract, and what follows a default."""

from flask_babel import gettext as _

from auction.core.profile import DayUnit, RuleProfile, TimedTrigger
from auction.presenting.rules.clause import Clause, clause


def clauses(profile: RuleProfile) -> list[Clause]:
    """The result, its examination, its publication, the deposit, and defaults."""
    return [
        clause(profile, _("最高报价人"), _highest(profile), "timed_trigger"),
        clause(
            profile,
            _("资格审核"),
            _(
                "最高报价人于交易结束之日起 %(print)s 日内打印成交通知书，%(days)s内上传竞买资料；"
                "交易机构在资料提交后 %(check)s 个工作日内审核，审核通过后成交。",
                print=profile.print_days,
                days=_days(profile),
                check=profile.office_check_workdays,
            ),
            "print_days",
            "winner_submit_days",
            "winner_submit_unit",
            "office_check_workdays",
        ),
        clause(
            profile,
            _("签订合同"),
            _(
                "竞得人自签订成交确认书之日起 %(n)s 个工作日内签订出让合同。",
                n=profile.contract_workdays,
            ),
            "contract_workdays",
        ),
        clause(
            profile,
            _("结果公布"),
            _("交易结束后 %(n)s 个工作日内公布结果。", n=profile.result_publish_workdays),
            "result_publish_workdays",
        ),
        clause(
            profile,
            _("定金"),
            _(
                "竞得人的保证金中不超过成交价 %(n)s %% 的部分转为定金，其余为预付款，"
                "均抵作成交价款。",
                n=profile.earnest_cap_percent,
            ),
            "earnest_cap_percent",
        ),
        clause(
            profile,
            _("保证金退还"),
            _(
                "未竞得者的保证金在交易结束后 %(n)s 个工作日内退回原账户，无需申请。",
                n=profile.refund_due_workdays,
            ),
            "refund_due_workdays",
        ),
        clause(profile, _("异议"), _objection(profile), "objection_reply_workdays"),
        clause(
            profile,
            _("违约"),
            _default(profile),
            "exclude_defaulter",
            "default_ban_months",
        ),
    ]


def _highest(profile: RuleProfile) -> str:
    if profile.timed_trigger is TimedTrigger.QUOTED_GE_2:
        return _(
            "倒计时内无人报价，此前的最高报价人即为最高报价人。只有一个竞买人报价的，"
            "不进入限时竞价，该竞买人为最高报价人。无人报价的，未成交。"
        )
    return _("竞价结束时报价最高者为最高报价人。无人报价的，未成交。")


def _days(profile: RuleProfile) -> str:
    if profile.winner_submit_unit is DayUnit.DAY:
        return _("%(n)s 日", n=profile.winner_submit_days)
    return _("%(n)s 个工作日", n=profile.winner_submit_days)


def _objection(profile: RuleProfile) -> str:
    if profile.objection_reply_workdays is None:
        return _("对交易过程和结果可以提出异议；答复期限本规则未作规定，以出让文件为准。")
    return _(
        "对交易过程和结果可以提出异议，交易机构在 %(n)s 个工作日内书面答复。",
        n=profile.objection_reply_workdays,
    )


def _default(profile: RuleProfile) -> str:
    told = [_("审核不通过或者拒绝签订的，成交作废，不由次高报价人递补。")]
    if profile.exclude_defaulter:
        told.append(_("本宗地再次挂牌时，该竞买人不得参加。"))
    if profile.default_ban_months:
        told.append(
            _("自作废之日起 %(n)s 个月内不得参加本机构的其他挂牌。", n=profile.default_ban_months)
        )
    return "".join(told)
