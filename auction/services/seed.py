"""The first real input: notice 2024TD网挂公告第[44]号 as data."""

import json
from functools import cache
from importlib import resources

from auction.core.notice import Notice
from auction.core.notice_codec import notice_from_dict


@cache
def notice_44() -> Notice:
    """The notice of parcel 2024JC-4 with every fact of its published text."""
    text = resources.files("auction.seed").joinpath("notice_44.json").read_text("utf-8")
    return notice_from_dict(json.loads(text))
