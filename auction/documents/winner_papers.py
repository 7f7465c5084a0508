"""The papers that the highest bidder uploads for examination (R-101), named in 竞买须知.

A notice's text does not list them: it refers to 竞买须知, and in an exercise this list is an
assumption.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

WINNER_PAPERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "application": "竞买申请书",
        "identity": "营业执照或者身份证明",
        "representative": "法定代表人身份证明",
        "authorisation": "授权委托书及受托人身份证明",
        "payment": "竞买保证金缴纳凭证",
    }
)
"""Kind to its name in documents, in the order in which they are listed and signed for."""
