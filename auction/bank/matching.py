"""What one credit means for the account it reached: a pure decision with the figures compared.

The first rule that fails decides; its code becomes the message to the bidder (pages M13, M14).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from auction.bank.lines import AccountKind, CreditLine
from auction.bank.names import NameMatch, compare
from auction.core.instants import to_us
from auction.store.seats import CreditVerdict

CURRENCY = "CNY"
ONE_SECOND = timedelta(seconds=1)

Facts = dict[str, int | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must arrive on one deposit account, and what has arrived before.

    `deadline` is inclusive to the second. `short_fen` are the earlier credits of this account
    that were in time and by the right payer but too small.
    """

    applicant: str
    basic_account: str
    deposit_fen: int
    deadline: datetime
    single_payment: bool
    basic_only: bool
    complete: bool
    short_fen: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, and the values that its sentence names."""

    verdict: CreditVerdict
    facts: Facts


def decide(credit: CreditLine, expected: Expected | None) -> Decision:
    """The verdict on one credit; `expected` is None for an account that nobody was given."""
    facts: Facts = {"amount_fen": credit.amount_fen}
    if expected is None:
        return Decision(CreditVerdict.UNKNOWN_ACCOUNT, facts)
    facts |= {"deposit_fen": expected.deposit_fen, "deadline_us": to_us(expected.deadline)}
    if credit.currency != CURRENCY:
        return Decision(CreditVerdict.CURRENCY, facts | {"currency": credit.currency})
    if credit.credited_at is None:
        return Decision(CreditVerdict.NO_TIME, facts)
    facts["credited_us"] = to_us(credit.credited_at)
    if expected.complete:
        return Decision(CreditVerdict.SURPLUS, facts)
    if credit.credited_at >= expected.deadline + ONE_SECOND:
        return Decision(CreditVerdict.LATE, facts)
    name = compare(credit.payer_name, expected.applicant)
    facts["name"] = str(name)
    if name is NameMatch.DIFFERENT:
        return Decision(CreditVerdict.PAYER, facts)
    if expected.basic_only and not _from_basic_account(credit, expected):
        return Decision(CreditVerdict.NOT_BASIC, facts)
    return _decide_amount(credit, expected, facts)


def _from_basic_account(credit: CreditLine, expected: Expected) -> bool:
    """The account on file decides; the bank's own word for it where the account is another."""
    if credit.payer_account == expected.basic_account:
        return credit.kind is not AccountKind.GENERAL
    return credit.kind is AccountKind.BASIC


def _decide_amount(credit: CreditLine, expected: Expected, facts: Facts) -> Decision:
    parts = [*expected.short_fen, credit.amount_fen]
    paid = credit.amount_fen if expected.single_payment else sum(parts)
    if paid >= expected.deposit_fen:
        # More than enough is enough (足额); what is over goes back with the refunds.
        return Decision(CreditVerdict.QUALIFIES, facts | {"over_fen": paid - expected.deposit_fen})
    if expected.single_payment and sum(parts) >= expected.deposit_fen:
        return Decision(
            CreditVerdict.SPLIT,
            facts | {"parts": ",".join(map(str, parts)), "sum_fen": sum(parts)},
        )
    return Decision(CreditVerdict.SHORT, facts | {"short_fen": expected.deposit_fen - paid})
