"""Answers to bids: put into words when the verdict comes, in the bidder's own language.

The sequencer only notes that a verdict is there; wording and sending are done here, while the next
batch is being committed.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from babel import Locale
from flask import Flask

from auction.presenting import bid_answers
from auction.presenting.audience import Json
from auction.presenting.texts import speaking
from auction.services.house import House
from auction.trading.sequencer import Pending
from auction.trading.work import Answer

QUEUED_AFTER = timedelta(seconds=10)
"""A bidder whose verdict has not come by then is told that the bid is in and its arrival counts."""
LOOK_SECONDS = 0.5

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Asked:
    """A bid that came over a socket and is not answered yet."""

    slug: str
    statement: str
    arrival: datetime
    locale: Locale
    reply: Callable[[Json], None] | None


class Answers:
    """Answers bids in the order of their verdicts."""

    def __init__(self, app: Flask, house: House) -> None:
        self._app = app
        self._house = house
        self._came: deque[tuple[Asked, Answer | Exception]] = deque()
        self._waiting: deque[Asked] = deque()
        self._wake = threading.Event()

    def expect(self, asked: Asked, pending: Pending) -> None:
        """Answer this bid when its verdict comes, or say that it is queued."""
        self._waiting.append(asked)
        pending.then(lambda result: self._note(asked, result))

    def _note(self, asked: Asked, result: Answer | Exception) -> None:
        self._came.append((asked, result))
        self._wake.set()

    def work(self) -> None:
        """Wait for verdicts and answer them; called over and over by a thread of its own."""
        self._wake.wait(LOOK_SECONDS)
        self._wake.clear()
        with self._app.app_context():
            while self._came:
                self._tell_verdicts()
            self._tell_queued()

    def _tell_verdicts(self) -> None:
        """Answer what has come; choosing a language costs more than a sentence in it."""
        by_locale: dict[Locale, list[tuple[Asked, Answer | Exception]]] = {}
        while self._came:
            one = self._came.popleft()
            by_locale.setdefault(one[0].locale, []).append(one)
        for locale, came in by_locale.items():
            with speaking(locale):
                for asked, result in came:
                    self._answer(asked, self._worded(asked, result))

    def _worded(self, asked: Asked, result: Answer | Exception) -> Json:
        if isinstance(result, Exception):
            return bid_answers.not_placed(result, asked.arrival)[0]
        if result.refusal is not None:
            return bid_answers.not_placed(result.refusal, asked.arrival)[0]
        now = self._house.now()
        return bid_answers.verdict(asked.slug, result, asked.statement, now)[0]

    def _tell_queued(self) -> None:
        until = self._house.now() - QUEUED_AFTER
        while self._waiting and (
            self._waiting[0].reply is None or self._waiting[0].arrival < until
        ):
            asked = self._waiting.popleft()
            if asked.reply is not None:
                with speaking(asked.locale):
                    self._answer(asked, bid_answers.still_undecided(asked.arrival))

    def _answer(self, asked: Asked, said: Json) -> None:
        reply, asked.reply = asked.reply, None
        if reply is None:  # it was told that it is queued, and asks for the verdict itself
            return
        try:
            reply(said)
        except Exception:
            log.exception("an answer could not be sent; its bidder will ask again")
