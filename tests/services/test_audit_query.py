"""What is typed into the search box, and every way in which it can be meant."""

from datetime import UTC, datetime, timedelta

import pytest

from auction.core.reasons import Reason
from auction.services.auditing.query import Kind, Query, QueryError, understand

LOTS = ("2024JC-4", "p-1")


def typed(text: str, around: int = 0) -> Query:
    return understand(text, timedelta(seconds=around), tuple(Reason), LOTS)


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("4107", ["plate:4107", "amount:4107000000", "record:4107"]),
        ("号牌:4107", ["plate:4107"]),
        ("plate:4107", ["plate:4107"]),
        ("演-6172", ["plate:演-6172"]),
        ("#13", ["record:13"]),
        ("第13号", ["record:13"]),
        ("1849万", ["amount:1849000000"]),
        ("1,849万元", ["amount:1849000000"]),
        ("1849 万元", ["amount:1849000000"]),
        ("18490000元", ["amount:1849000000"]),
        ("18490000", ["plate:18490000", "amount:18490000000000", "amount:1849000000"]),
        ("774.995万", ["amount:774995000"]),
        ("47-82-16", ["code:47-82-16"]),
        ("14:34", ["time:14:34:00"]),
        ("14:34:10.245", ["time:14:34:10.245000"]),
        ("2024-11-11 14:34:10", ["time:2024-11-11 14:34:10"]),
        ("2024-11-11T14:34:10", ["time:2024-11-11 14:34:10"]),
        ("2024年11月11日", ["time:2024-11-11"]),
        ("BID_TOO_LOW", ["reason:BID_TOO_LOW"]),
        ("too_low", ["reason:BID_TOO_LOW"]),
        ("STATEMENT_BAD_SIGNATURE", ["reason:STATEMENT_BAD_SIGNATURE"]),
        ("2024jc-4", ["lot:2024JC-4"]),
        ("AB" * 32, ["hash:" + "ab" * 32]),
        ("abcdef01", ["hash:abcdef01"]),
        ("１８４９万", ["amount:1849000000"]),
    ],
)
def test_a_word_is_read_in_every_way_it_can_be_meant(text: str, readings: list[str]) -> None:
    (word,) = typed(text).words
    assert [reading.text for reading in word.readings] == readings


def test_six_digits_may_also_be_a_check_code() -> None:
    kinds = {reading.kind for reading in typed("478216").words[0].readings}
    assert kinds == {Kind.CODE, Kind.PLATE, Kind.AMOUNT, Kind.RECORD}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "QUERY_EMPTY"),
        (" 　 ", "QUERY_EMPTY"),
        ("1" * 301, "QUERY_LONG"),
        ("1 2 3 4 5 6 7 8 9", "QUERY_WORDS"),
        ("某某公司", "QUERY_WORD"),
        ("25:00", "QUERY_WORD"),
        ("2024-13-01", "QUERY_WORD"),
        ("1849万 <script>", "QUERY_WORD"),
        ("金额:abc", "QUERY_WORD"),
        ("-5万", "QUERY_WORD"),
        ("abc", "QUERY_WORD"),
        ("14:34 14:35", "QUERY_TIMES"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_code(text: str, code: str) -> None:
    with pytest.raises(QueryError) as caught:
        typed(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "around", "second", "covered"),
    [
        ("14:34", 0, "14:34:59.999", True),
        ("14:34", 0, "14:35:00", False),
        ("14:34:10", 0, "14:34:10.999", True),
        ("14:34:10", 0, "14:34:11", False),
        ("14:34:10.245", 0, "14:34:10.2455", True),
        ("14:34:10.245", 0, "14:34:10.246", False),
        ("14:34:10", 10, "14:34:20.999", True),
        ("14:34:10", 10, "14:34:21", False),
        ("14:34:10", 10, "14:34:00", True),
        ("2024-11-12 14:34", 0, "14:34:10", False),
        ("2024-11-11", 0, "23:59:59", True),
    ],
)
def test_a_time_is_a_window_of_beijing(text: str, around: int, second: str, covered: bool) -> None:
    query = typed(text, around)
    moment = query.words[0].readings[0].moment
    assert moment is not None
    local = datetime.fromisoformat(f"2024-11-11T{second}+08:00").astimezone(UTC)
    assert moment.covers(local, query.around) is covered


def test_a_window_reaches_over_midnight() -> None:
    moment = typed("00:00", 60).words[0].readings[0].moment
    assert moment is not None
    late = datetime(2024, 11, 10, 15, 59, 30, tzinfo=UTC)
    assert moment.covers(late, timedelta(seconds=60))
