"""A notice in the office, in words: where it stands, wrong input, acts not allowed."""

from collections.abc import Mapping

from flask_babel import gettext as _

from auction.core.instants import from_us
from auction.presenting.figures import day_clock
from auction.presenting.said import Said
from auction.store.sales import NoticeStatus


def status(value: str) -> str:
    """Where a notice stands, in one word."""
    words = {
        NoticeStatus.DRAFT: _("起草中"),
        NoticeStatus.SUBMITTED: _("待签批"),
        NoticeStatus.RETURNED: _("被退回"),
        NoticeStatus.APPROVED: _("待发布"),
        NoticeStatus.PUBLISHED: _("已发布"),
    }
    return words[NoticeStatus(value)]


def input_problem(code: str) -> str:
    """What is wrong with one value that was typed."""
    match code:
        case "AMOUNT_MALFORMED":
            return _("请填写以万元为单位的数字，例如 1549 或 774.995")
        case "AMOUNT_TOO_FINE":
            return _("金额最多精确到分，即万元后六位小数")
        case "AMOUNT_TOO_LARGE":
            return _("金额过大，请核对位数")
        case "AREA_MALFORMED":
            return _("请填写以平方米为单位的数字，例如 34477.45，最多六位小数")
        case "INSTANT_MALFORMED":
            return _("请选择日期和时间（北京时间），例如 2024-10-10 09:00")
        case "TIME_MALFORMED":
            return _("请填写钟点，例如 17:00")
        case "SECONDS_MALFORMED":
            return _("请填写 300、60、30、10 中的若干个，由大到小，用顿号分开")
        case "INDEX_NOT_DECIMAL":
            return _("请填写数字，最多六位小数，例如 1.1")
        case "INDEX_UPPER":
            return _("选择“区间”时须填写上限；不是区间时请勿填写上限")
        case "INDEX_RANGE":
            return _("上限不得小于下限")
        case "TERMS_MALFORMED":
            return _("每行写一种用途及其年限，例如：工业用地 50")
        case "YEARS_OUT_OF_RANGE":
            return _("出让年限须为 1 至 100 年")
        case "TOO_MANY":
            return _("行数过多，最多 200 行")
        case "TOO_LONG":
            return _("文字过长，最多 20,000 字")
        case "LOT_CODE_TWICE":
            return _("两宗地的编号相同，请核对")
        case "LOTS_EMPTY":
            return _("至少须有一宗地")
        case "REGION_CODE":
            return _("请填写六位行政区划代码，例如 630100")
        case "BOUNDARY_NOT_JSON":
            return _("界址不是有效的 GeoJSON 文本")
        case "BOUNDARY_TYPE":
            return _("界址须为 GeoJSON 的 Polygon 或 MultiPolygon")
        case "BOUNDARY_SHAPE":
            return _("界址坐标不完整或不是数字")
        case "RING_TOO_SHORT":
            return _("每一圈界址至少须有四个坐标，首尾相同")
        case "RING_NOT_CLOSED":
            return _("界址没有闭合：最后一个坐标须与第一个相同")
        case "POSITION_OUTSIDE_CHINA":
            return _("界址坐标不在我国范围内，请核对经纬度的先后和坐标系")
    return _("这里的内容不能用于公告，请核对（%(code)s）", code=code)


def refused(code: str, facts: Mapping[str, int | str]) -> Said:
    """Why an act upon a notice was not carried out, and what to do."""
    match code:
        case "NOT_EDITABLE":
            return Said(
                _("公告已提交签批或已发布，不能修改。"),
                _("签批前请由签批人退回；发布后只能以更正或补充公告变更。"),
                code=code,
            )
        case "NOT_YOUR_DRAFT":
            return Said(
                _("这份公告由其他经办人起草。"),
                _("只有起草人本人可以修改和提交，这样起草与签批才由两人分别负责。"),
                code=code,
            )
        case "OWN_DRAFT":
            return Said(
                _("起草人不能签批自己的公告。"), _("请由另一名签批人签批。"), "", "cinnabar", code
            )
        case "NOT_SUBMITTED":
            return Said(
                _("这份公告现在不在签批环节。"), _("状态可能刚刚变化，请刷新后查看。"), code=code
            )
        case "NOT_TICKED":
            return Said(
                _("还有提醒或附加条件没有确认。"), _("请逐项阅读并勾选后再签名。"), code=code
            )
        case "PUBLICATION_TOO_LATE":
            return Said(
                _("公告期不足 20 日，不能按此时间表发布。"),
                _(
                    "现在发布，挂牌最早于 %(earliest)s 开始，公告载明的是 %(listing)s。"
                    "请退回起草人顺延时间。",
                    earliest=day_clock(from_us(int(facts["earliest_us"]))),
                    listing=day_clock(from_us(int(facts["listing_us"]))),
                ),
                "",
                "cinnabar",
                code,
            )
        case "LISTING_OVER":
            return Said(
                _("挂牌截止时间已过，不能发布。"),
                _("请用“整体顺延”把全部时间移到今后，再提交签批。"),
                "",
                "cinnabar",
                code,
            )
        case "SIGNED_BEFORE":
            return Said(_("这份签名已经使用过。"), _("请重新签名。"), code=code)
        case "NO_COMMENT":
            return Said(_("请写明退回的原因。"), _("起草人须知道改哪一处、为什么改。"), code=code)
        case "BLOCKED":
            return Said(
                _("还有阻断事项，不能提交签批。"), _("请先修改标明“阻断”的各项。"), code=code
            )
        case "WARNING_WITHOUT_REASON":
            return Said(
                _("还有提醒没有说明理由。"),
                _("可以修改，也可以在该项下写明维持原内容的理由；理由将随公告送签并留存。"),
                code=code,
            )
    return Said(
        _("签名没有通过核对，公告没有签批。"),
        _("请重新签名；如再次出现，请检查数字证书。"),
        code=code,
    )
