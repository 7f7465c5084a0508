"""Calendar days in Beijing time, and which of them are working days by the official table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Final

BEIJING: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""A fixed offset: China has kept UTC+8 without summer time since 1992, and a notice's dates
must not depend on the time-zone files of the machine that reads them."""

ONE_DAY: Final = timedelta(days=1)


def beijing_date(instant: datetime) -> date:
    """The calendar day on which an aware instant falls in Beijing."""
    return instant.astimezone(BEIJING).date()


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Working days: Monday to Friday, changed by the table of the years in `years`.

    `holidays` are weekdays off and `workdays` weekend days on. For a year not in `years` the
    table is not out yet: weekends are only a guess, and `is_official` says so.
    """

    years: frozenset[int]
    holidays: frozenset[date]
    workdays: frozenset[date]

    def is_working(self, day: date) -> bool:
        """Whether offices and banks work on this day."""
        if day in self.workdays:
            return True
        return day.isoweekday() <= 5 and day not in self.holidays

    def is_official(self, day: date) -> bool:
        """Whether the official table for this day's year has been entered."""
        return day.year in self.years


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += ONE_DAY


CALENDAR_2024: Final = WorkCalendar(
    years=frozenset({2024}),
    holidays=frozenset(
        {
            date(2024, 1, 1),
            *_days(date(2024, 2, 10), date(2024, 2, 17)),
            *_days(date(2024, 4, 4), date(2024, 4, 6)),
            *_days(date(2024, 5, 1), date(2024, 5, 5)),
            date(2024, 6, 10),
            *_days(date(2024, 9, 15), date(2024, 9, 17)),
            *_days(date(2024, 10, 1), date(2024, 10, 7)),
        }
    ),
    workdays=frozenset(
        {
            date(2024, 2, 4),
            date(2024, 2, 18),
            date(2024, 4, 7),
            date(2024, 4, 28),
            date(2024, 5, 11),
            date(2024, 9, 14),
            date(2024, 9, 29),
            date(2024, 10, 12),
        }
    ),
)
"""After the State Council General Office's notice of 2023-10-25 on the holidays of 2024."""
