"""What each published variant of the rules makes different: a story of bids and its outcome.

The lot is the seed's (start 1549 万元, step 100, listing 10-30 09:00 to 11-11 14:30), under the
rules of each place. A, B and C are qualified; who is named in a story bids.
"""

from dataclasses import dataclass, fields
from datetime import datetime

import pytest
from factories import A, B, C, Sale, beijing, digest, profile

from auction.core import commands as c
from auction.core import events as e
from auction.core.profile import RuleProfile
from auction.core.reasons import Reason
from auction.core.state import Stage, due
from auction.core.variants import DECIDING, VARIANTS

NOON = beijing(11, 1, 12, 0)
LAST_HOUR = beijing(11, 11, 13, 30)
CLOSE = beijing(11, 11, 14, 30)
OK = None


@dataclass(frozen=True)
class Bid:
    """Who bids what when, and the reason if it is refused."""

    at: datetime
    plate: str
    wan: int
    refused: Reason | None = OK


@dataclass(frozen=True)
class Says:
    """An answer to the question before the round."""

    at: datetime
    plate: str
    willing: bool


@dataclass(frozen=True)
class Story:
    """Acts in order, then the end: instant, winner and price, or nobody."""

    place: str
    tells: str
    acts: tuple[Bid | Says, ...]
    ends: datetime
    winner: str | None
    wan: int | None


def at(hour: int, minute: int, second: int = 0, ms: int = 0) -> datetime:
    """An instant of the day of the close."""
    return beijing(11, 11, hour, minute, second, ms)


TWO = (Bid(NOON, A, 1549), Bid(LAST_HOUR, B, 1649))

STORIES = [
    Story(
        "xining",
        "two quoted: the round opens at the close; its silence gives it to the top quote",
        TWO,
        at(14, 35),
        B,
        1649,
    ),
    Story("xining", "one quoted: sold at the close, no round", TWO[:1], at(14, 30), A, 1549),
    Story("xining", "nobody quoted: not sold", (), at(14, 30), None, None),
    Story(
        "xining",
        "who never quoted may not enter",
        (*TWO, Bid(at(14, 31), C, 1749, Reason.NOT_ENTERED)),
        at(14, 35),
        B,
        1649,
    ),
    Story(
        "wuxi",
        "who never quoted may bid; four minutes from each bid",
        (*TWO, Bid(at(14, 33, 59, 999), C, 1749), Bid(at(14, 37, 59), A, 1849)),
        at(14, 41, 59),
        A,
        1849,
    ),
    Story("wuxi", "the first countdown is four minutes too", TWO, at(14, 34), B, 1649),
    Story(
        "sip",
        "no quotes in the last hour; whole steps; only quoters go on",
        (
            Bid(NOON, A, 1549),
            Bid(NOON, B, 1650, Reason.NOT_MULTIPLE),
            Bid(at(13, 29, 59, 999), B, 1649),
            Bid(at(13, 30), A, 1749, Reason.FREEZE),
            Bid(at(14, 29, 59, 999), A, 1749, Reason.FREEZE),
            Bid(at(14, 30, 1), C, 1749, Reason.NOT_ENTERED),
            Bid(at(14, 30, 2), A, 1749),
        ),
        at(14, 34, 2),
        A,
        1749,
    ),
    Story(
        "fujian",
        "only one quoted in the last hour: he wins at the close, though two quoted",
        (Bid(at(13, 29, 59, 999), A, 1549), Bid(at(13, 30), B, 1649)),
        at(14, 30),
        B,
        1649,
    ),
    Story(
        "fujian",
        "quotes to the last instant; 15 min preparation; all who qualified may bid",
        (
            Bid(at(13, 30), A, 1549),
            Bid(at(14, 29, 59, 999), B, 1650),
            Bid(at(14, 44, 59, 999), C, 1750, Reason.PREPARING),
            Bid(at(14, 45), C, 1749, Reason.TOO_LOW),
            Bid(at(14, 49, 59), C, 1750),
        ),
        at(14, 54, 59),
        C,
        1750,
    ),
    Story(
        "shantou",
        "asked; silence is out: one willing is enough, also the leader alone",
        (*TWO, Bid(at(14, 31), A, 1749, Reason.ASKING), Says(at(14, 34), B, True)),
        at(14, 40),
        B,
        1649,
    ),
    Story(
        "shantou",
        "nobody is willing: the top quote wins when the question ends",
        (*TWO, Says(at(14, 31), A, False)),
        at(14, 35),
        B,
        1649,
    ),
    Story(
        "shantou",
        "the last answer counts; who was silent or never quoted stays out",
        (
            *TWO,
            Says(at(14, 31), A, False),
            Says(at(14, 32), A, True),
            Bid(at(14, 35), B, 1749, Reason.NOT_WILLING),
            Bid(at(14, 35), C, 1749, Reason.NOT_ENTERED),
            Bid(at(14, 36), A, 1749),
        ),
        at(14, 41),
        A,
        1749,
    ),
    Story(
        "zijin",
        "the round opens always; who never quoted may open the bidding",
        (Bid(at(14, 31), C, 1548, Reason.TOO_LOW), Bid(at(14, 31), C, 1549)),
        at(14, 36),
        C,
        1549,
    ),
    Story("zijin", "and ends without a sale if nobody bids", (), at(14, 35), None, None),
    Story(
        "qinzhou",
        "the free stage's top wins a silent round",
        TWO[:1],
        at(14, 35),
        A,
        1549,
    ),
    Story(
        "qinzhou",
        "a bid in the last five minutes gives five more",
        (*TWO, Bid(at(14, 30, 10), A, 1749), Bid(at(14, 35), C, 1849)),
        at(14, 40),
        C,
        1849,
    ),
]


def carry_out_due(sale: Sale, until: datetime) -> None:
    while (instant := due(sale.state)) is not None and instant <= until:
        sale.tick(instant, roll=(A, B, C))


@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.place}: {story.tells}")
def test_the_variant_decides_the_story(story: Story) -> None:
    sale = Sale(**VARIANTS[story.place].rules)
    for act in story.acts:
        carry_out_due(sale, act.at)
        if isinstance(act, Says):
            sale.do(c.Answer(arrival=act.at, plate=act.plate, willing=act.willing, statement="s"))
            continue
        event = sale.bid(act.plate, act.wan, act.at)
        reason = event.reason if isinstance(event, e.BidRefused) else OK
        assert reason is act.refused, act
    carry_out_due(sale, story.ends)
    state = sale.state
    assert state.ended_at == story.ends
    assert state.stage is (Stage.UNSOLD if story.winner is None else Stage.AWARD_PENDING)
    assert state.leader == story.winner
    assert state.price_fen == (None if story.wan is None else story.wan * 1_000_000)


def test_every_variant_has_a_story() -> None:
    assert {story.place for story in STORIES} == set(VARIANTS)


@pytest.mark.parametrize("key", VARIANTS)
def test_every_variant_can_be_published_for_the_seed_lot(key: str) -> None:
    made = VARIANTS[key].applied(profile())
    assert made.require_sound() == made
    assert RuleProfile.from_dict(made.to_dict()) == made
    assert made.start_fen == profile().start_fen, "the lot's own facts stay"


@pytest.mark.parametrize("key", VARIANTS)
def test_what_a_text_does_not_state_is_told_as_assumed(key: str) -> None:
    variant = VARIANTS[key]
    assert not set(variant.assumed) & set(variant.stated)
    assert all(stated.source for stated in variant.stated.values())
    known = {f.name for f in fields(RuleProfile)}
    assert set(variant.stated) | set(DECIDING) <= known


def test_the_seed_notice_leaves_countdown_entry_and_increment_open() -> None:
    assumed = VARIANTS["xining"].assumed
    assert {"countdown_seconds", "timed_entry", "increment_mode", "self_outbid"} <= set(assumed)
    assert "timed_trigger" not in assumed


def test_fujian_takes_tenths_of_a_wan_and_others_do_not() -> None:
    tenth = 1_549_100_000
    for key, verdict in (("fujian", OK), ("wuxi", Reason.OFF_SCALE)):
        sale = Sale(**VARIANTS[key].rules | {"reserve_entry_from_minutes": 30 + 60})
        event = sale.do(
            c.PlaceBid(
                arrival=NOON,
                plate=A,
                amount_fen=tenth,
                statement="s",
                admission=e.Admission(A, digest("a")),
            )
        )[-1]
        assert (event.reason if isinstance(event, e.BidRefused) else OK) is verdict
