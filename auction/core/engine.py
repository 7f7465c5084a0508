"""The sale as two pure functions: what a command leads to, and what an event makes of a state.

`decide` reads nothing but the state and the command; `evolve` nothing but the state and the
event. Live operation, restart, replay and audit are the same fold.

Transitions by time are ticks. A command that arrives at or after the instant at which a tick
is due must not be decided before that tick: the sequencer holds it (T-1), and `decide` raises
`NotYetDecidable` if it is asked all the same.
"""

from collections.abc import Callable, Iterable
from typing import Any

from auction.core import awards, closing, declarations, judging, stops
from auction.core import commands as c
from auction.core import events as e
from auction.core.fold import evolve
from auction.core.parameters import CapMode
from auction.core.reasons import Refusal
from auction.core.reserve import is_digest
from auction.core.state import LotState, Stage, due

__all__ = ["NotYetDecidable", "decide", "evolve", "replay"]


class NotYetDecidable(Exception):
    """The command arrived at or after a transition that is not yet in the log."""


def decide(state: LotState, command: c.Command) -> tuple[e.Event, ...]:
    """The events to which `command` leads in `state`.

    A bid always leads to an event, accepted or refused. Any other command that the rules do
    not allow raises Refusal and leaves none. Raises NotYetDecidable as the module says.
    """
    if not isinstance(command, c.Tick | c.RecordOutage):
        instant = due(state)
        if instant is not None and command.arrival >= instant:
            raise NotYetDecidable
    return _DECISIONS[type(command)](state, command)


def replay(records: Iterable[e.Recorded], state: LotState | None = None) -> LotState:
    """Fold recorded events, in order, into the state after them."""
    current = LotState() if state is None else state
    for record in records:
        current = evolve(current, record)
    return current


def _open(state: LotState, command: c.OpenLot) -> tuple[e.Event, ...]:
    if state.stage is not Stage.NONE:
        raise Refusal("LOT_ALREADY_OPEN")
    profile = command.profile.require_sound()
    committed = command.lottery_commitment
    if (profile.cap_mode is CapMode.LOTTERY) is not (committed is not None) or not (
        committed is None or is_digest(committed)
    ):
        raise Refusal("LOTTERY_COMMITMENT")
    return (
        e.LotOpened(
            code=command.code,
            notice=command.notice,
            rules=command.rules,
            profile=profile,
            practice=command.practice,
            follows=command.follows,
            lottery_commitment=committed,
        ),
    )


_DECISIONS: dict[type, Callable[[LotState, Any], tuple[e.Event, ...]]] = {
    c.OpenLot: _open,
    c.PlaceBid: judging.bid,
    c.Tick: closing.tick,
    c.Answer: declarations.answer,
    c.SealReserve: declarations.seal_reserve,
    c.JoinLottery: declarations.join_lottery,
    c.Suspend: stops.suspend,
    c.Resume: stops.resume,
    c.ScheduleResume: stops.schedule,
    c.Terminate: stops.terminate,
    c.SkipToClose: stops.skip,
    c.RecordOutage: stops.outage,
    c.EndCertificate: declarations.end_certificate,
    c.ResolveHeld: awards.resolve,
    c.ConfirmAward: awards.confirm,
    c.VoidAward: awards.void,
    c.SignConfirmation: awards.sign,
    c.PublishResult: awards.publish,
}
