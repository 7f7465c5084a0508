"""What is declared besides bids: answers to the question, the reserve, entries to the lottery,
and that a bidder's certificate has ended."""

from datetime import datetime, timedelta

from auction.core import commands as c
from auction.core import events as e
from auction.core.instants import to_us
from auction.core.judging import is_willing, may_enter
from auction.core.parameters import CertificateGround, ReserveMode
from auction.core.reasons import Refusal, require_stage, require_two
from auction.core.reserve import is_digest
from auction.core.state import RUNNING, LotState, Stage


def answer(state: LotState, command: c.Answer) -> tuple[e.Event, ...]:
    """A bidder says whether he goes on into the round; the last answer counts (2.5)."""
    if state.stage is not Stage.ASK:
        raise Refusal("ANSWER_NOT_ASKED", stage=str(state.stage))
    _require_running(state, command.arrival)
    if command.plate not in state.admitted or not may_enter(state, command.plate):
        raise Refusal("ANSWER_NOT_ENTITLED", plate=command.plate)
    return (
        e.AskAnswered(plate=command.plate, willing=command.willing, statement=command.statement),
    )


def seal_reserve(state: LotState, command: c.SealReserve) -> tuple[e.Event, ...]:
    """Fix the reserve price, once, in its window before the close (R-71)."""
    require_stage(state.stage, Stage.LISTING)
    terms = state.terms
    if terms.reserve_mode is not ReserveMode.SEALED:
        raise Refusal("RESERVE_NOT_USED")
    if state.reserve is not None:
        raise Refusal("RESERVE_ALREADY_SEALED")
    _require_running(state, command.arrival)
    assert state.listing_until is not None
    opens = state.listing_until - timedelta(minutes=terms.reserve_entry_from_minutes)
    closes = state.listing_until - timedelta(minutes=terms.reserve_entry_until_minutes)
    if command.arrival < opens:
        raise Refusal("RESERVE_TOO_EARLY", opens_us=to_us(opens))
    if command.arrival >= closes:
        raise Refusal("RESERVE_TOO_LATE", closed_us=to_us(closes))
    require_two(command.by)
    if not is_digest(command.commitment):
        raise Refusal("RESERVE_BAD_COMMITMENT")
    return (e.ReserveSealed(commitment=command.commitment, by=command.by),)


def join_lottery(state: LotState, command: c.JoinLottery) -> tuple[e.Event, ...]:
    """A bidder goes on at the cap, with a nonce of his own (R-73)."""
    if state.stage is not Stage.SECOND_STAGE:
        raise Refusal("LOTTERY_NOT_OPEN", stage=str(state.stage))
    _require_running(state, command.arrival)
    plate = command.plate
    entered = may_enter(state, plate) and is_willing(state, plate)
    if plate not in state.admitted or not (entered or state.join_open):
        raise Refusal("LOTTERY_NOT_ENTITLED", plate=plate)
    if plate in state.entries:
        raise Refusal("LOTTERY_ALREADY_JOINED", plate=plate)
    if not is_digest(command.nonce_hash):
        raise Refusal("LOTTERY_BAD_NONCE")
    return (
        e.LotteryJoined(plate=plate, statement=command.statement, nonce_hash=command.nonce_hash),
    )


def end_certificate(state: LotState, command: c.EndCertificate) -> tuple[e.Event, ...]:
    """Note once that a bidder's certificate has ended, while something could still be signed by it.

    It takes nothing away: the seat, the recorded bids and the lead stay, and a spare certificate
    of the same bidder goes on under the same plate.
    """
    require_stage(state.stage, *RUNNING, Stage.RESULT_HELD)
    if command.plate not in state.admitted:
        raise Refusal("CERTIFICATE_NOT_IN_SALE", plate=command.plate)
    if command.certificate in state.ended_certificates:
        return ()
    revoked = command.ground is CertificateGround.REVOKED
    committed = [text for text in (command.certificate, command.evidence) if text is not None]
    if revoked is not (command.evidence is not None) or not all(map(is_digest, committed)):
        raise Refusal("CERTIFICATE_BAD_COMMITMENT")
    if command.instant > command.arrival:
        raise Refusal("CERTIFICATE_NOT_ENDED", ends_us=to_us(command.instant))
    return (
        e.CertificateEnded(
            plate=command.plate,
            ground=command.ground,
            certificate=command.certificate,
            evidence=command.evidence,
            instant=command.instant,
        ),
    )


def _require_running(state: LotState, at: datetime) -> None:
    if state.suspension is not None and at >= state.suspension.since:
        raise Refusal("LOT_SUSPENDED", since_us=to_us(state.suspension.since))
