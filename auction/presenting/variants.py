"""The ready profiles 规则方案 in words: what each is called, where its rules were published."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

NAMES: Final[Mapping[str, Any]] = {
    "xining": _l("西宁（公告第[44]号）"),
    "wuxi": _l("无锡、太仓"),
    "sip": _l("苏州工业园区"),
    "fujian": _l("福建"),
    "shantou": _l("汕头"),
    "zijin": _l("紫金（广东系统）"),
    "qinzhou": _l("钦州"),
}
SOURCES: Final[Mapping[str, Any]] = {
    "xining": _l("依据 2024TD网挂公告第[44]号；公告未载明的为本系统的假定。"),
    "wuxi": _l("依据无锡市（2015 年）和太仓市网上挂牌出让规则。"),
    "sip": _l("依据苏州工业园区网上挂牌出让规则和问答。"),
    "fujian": _l("依据福建省网上挂牌出让规则（2012 年）。"),
    "shantou": _l("依据汕头市公布的网上挂牌出让规则（读到的部分）。"),
    "zijin": _l("依据紫金县 2020 年公告（广东省系统）；倒计时长度公告未载明。"),
    "qinzhou": _l("依据钦州市 2021 年公告；时长在网页公告中调整过。"),
}


def name(key: str) -> str:
    """What a ready profile is called."""
    return str(NAMES.get(key, key))


def source(key: str) -> str:
    """Where its rules were published, and what of them was not."""
    return str(SOURCES.get(key, ""))
