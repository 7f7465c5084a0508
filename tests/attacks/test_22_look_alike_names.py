"""Attack 22: somebody enrols under another's name with characters in it that nobody sees, or sends
a name so long that looking it up holds up the server."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from bidders import demo_house
from enrolling import COMPANY, Holder, decide, security_officer

from auction.core.text import folded, visible
from auction.services import people
from auction.services.enrolment.desk import Ground
from auction.services.enrolment.form import EnrolmentRefused, tidied
from auction.services.house import House
from auction.services.seed import notice_44
from auction.trading.time import DrivenClock

OTHER_CODE = "92630100MA758XKQ46"
UNSEEN = ["\u200b", "\u202e", "\ufeff", "\u00ad", "\x01", "\u3164", "\ufe0f", "\U000e0100"]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with demo_house(tmp_path, DrivenClock(notice_44().windows.notice.start)) as found:
        people.enrol_officer(found, "security", "安全管理员", ["security"])
        yield found


@pytest.mark.parametrize("unseen", UNSEEN)
def test_what_nobody_sees_makes_no_other_text(unseen: str) -> None:
    assert visible(f"西宁{unseen}公司") == "西宁公司"
    assert folded(f"西宁{unseen}公司（甲）") == folded("西宁公司(甲)")


def test_a_name_that_looks_like_anothers_is_that_name(house: House) -> None:
    officer = security_officer(house.now())
    decide(house, officer, Holder(house).ask().id, ground=None)
    alike = COMPANY.name.replace("未", "\u200b未\u202e")
    twin = Holder(house, name=alike, id_code=OTHER_CODE)
    asked = twin.ask(tidied(replace(COMPANY, name=alike, id_code=OTHER_CODE)))
    with pytest.raises(EnrolmentRefused) as refused:
        decide(house, officer, asked.id, ground=None)
    assert refused.value.code == "NAME_TAKEN"
    decide(house, officer, asked.id, ground=Ground.NAME)
    assert people.party_named(house, alike) == people.party_named(house, COMPANY.name)


def test_a_long_name_takes_no_time(house: House) -> None:
    began = time.monotonic()
    assert people.party_named(house, "甲" + " " * 100_000 + "乙") is None
    assert time.monotonic() - began < 1
