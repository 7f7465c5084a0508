"""What somebody does to a finished log, with whatever keys he holds.

Each attack changes the records of an honest sale as cleverly as the rules allow: what follows from
its change is changed too. `seal` then does what the keys in his hands can do.
"""

import hashlib
from collections.abc import Callable
from enum import StrEnum

from factories import CODE, A, B, C, wan
from verifier import forging
from verifier.forging import US, Made, Person

from auction.ledger import canonical

ATTACKS: dict[str, Callable[[Made], None]] = {}


class Power(StrEnum):
    """Which keys the attacker holds besides the database."""

    DATABASE = "database"
    LOG_KEY = "log key"
    ALL_KEYS = "log key and every witness key"


def seal(made: Made, power: Power) -> None:
    """Sign what can be signed; without keys, drop the heads that are beyond the log's end."""
    size = len(made.leaves)
    if power is Power.DATABASE:
        made.heads = {at: note for at, note in made.heads.items() if at <= size}
        return
    sizes = sorted({*(at for at in made.heads if at <= size), size})
    made.sign_heads(sizes)
    if power is Power.ALL_KEYS:
        made.cosign()


def forget(made: Made) -> None:
    """Nothing is left of statements that no record names any more."""
    named = {leaf["data"].get("statement") for leaf in made.leaves}
    made.statements = {one: kept for one, kept in made.statements.items() if one in named}


def attack(change: Callable[[Made], None]) -> Callable[[Made], None]:
    ATTACKS[change.__name__] = change
    return change


def bid_at(made: Made, plate: str, amount_wan: int) -> int:
    return max(
        i
        for i, leaf in enumerate(made.leaves)
        if leaf["type"].startswith("bid_")
        and leaf["type"] != "bidding_ended"
        and (leaf["data"]["plate"], leaf["data"]["amount_fen"]) == (plate, wan(amount_wan))
    )


def end_at(made: Made, deadline: int, plate: str, amount_wan: int) -> None:
    """Write the end of bidding as the rules would have it."""
    leaf = made.leaves[-1]
    assert leaf["type"] == "bidding_ended"
    leaf["arrival_us"], leaf["sequenced_us"] = deadline, deadline + 3000
    leaf["data"] |= {"plate": plate, "amount_fen": wan(amount_wan)}


@attack
def edit_an_amount(made: Made) -> None:
    made.leaves[bid_at(made, B, 1949)]["data"]["amount_fen"] = wan(1959)


@attack
def edit_and_recompute_all(made: Made) -> None:
    made.leaves[bid_at(made, C, 2049)]["data"]["amount_fen"] = wan(2149)
    made.leaves[-1]["data"]["amount_fen"] = wan(2149)


@attack
def accepted_to_rejected(made: Made) -> None:
    last = made.leaves[bid_at(made, C, 2049)]
    before = made.leaves[bid_at(made, B, 1949)]
    del last["data"]["deadline_us"]
    led = {"leader": B, "leader_us": before["arrival_us"], "price_fen": wan(1949)}
    last["type"] = "bid_refused"
    last["data"] |= {"reason": "BID_TOO_LOW", "facts": {"minimum_fen": wan(2149), **led}}
    end_at(made, before["data"]["deadline_us"], B, 1949)


@attack
def delete_the_winning_bid(made: Made) -> None:
    before = made.leaves[bid_at(made, B, 1949)]
    del made.leaves[bid_at(made, C, 2049)]
    made.renumber()
    forget(made)
    end_at(made, before["data"]["deadline_us"], B, 1949)


@attack
def delete_a_rejected_bid(made: Made) -> None:
    del made.leaves[bid_at(made, B, 1849)]
    made.renumber()
    forget(made)


@attack
def insert_a_back_dated_last_bid(made: Made) -> None:
    """With a bidder who signs what he is asked to, over the head that he could have seen."""
    end = made.leaves.pop()
    at = end["arrival_us"] - US
    statement = made.bid_statement(made.people[A], wan(2149), len(made.leaves))
    bid = {"plate": A, "amount_fen": wan(2149), "statement": statement}
    made.leaves.append(
        {
            **end,
            "type": "bid_accepted",
            "arrival_us": at,
            "sequenced_us": at + 3000,
            "data": {**bid, "deadline_us": at + 300 * US},
        }
    )
    made.leaves.append(end)
    made.renumber()
    end_at(made, at + 300 * US, A, 2149)


@attack
def reorder_two(made: Made) -> None:
    first, other = bid_at(made, A, 1849), bid_at(made, B, 1849)
    made.leaves[first], made.leaves[other] = made.leaves[other], made.leaves[first]
    made.renumber()


@attack
def truncate_and_close_again(made: Made) -> None:
    """The last two bids never were."""
    last = made.leaves[bid_at(made, A, 1849)]
    del made.leaves[bid_at(made, C, 2049)]
    del made.leaves[bid_at(made, B, 1949)]
    made.renumber()
    forget(made)
    end_at(made, last["data"]["deadline_us"], A, 1849)


@attack
def truncate_without_a_close(made: Made) -> None:
    del made.leaves[-1]


@attack
def a_bid_signed_for_another_lot(made: Made) -> None:
    place = bid_at(made, C, 2049)
    statement = made.bid_statement(made.people[C], wan(2049), place, lot=f"{CODE}-b")
    made.statements.pop(made.leaves[place]["data"]["statement"])
    made.leaves[place]["data"]["statement"] = statement


@attack
def the_same_signed_bid_again(made: Made) -> None:
    place = bid_at(made, C, 2049)
    leaf = made.leaves[place]
    at = leaf["arrival_us"] + US
    again = {key: leaf["data"][key] for key in ("plate", "amount_fen", "statement")}
    refused = {**again, "reason": "BID_ALREADY_LEADING", "facts": {"price_fen": wan(2049)}}
    made.leaves.insert(
        place + 1,
        {
            **leaf,
            "type": "bid_refused",
            "arrival_us": at,
            "sequenced_us": at + 3000,
            "data": refused,
        },
    )
    made.renumber()


@attack
def the_clock_stepped_back(made: Made) -> None:
    made.leaves[-1]["sequenced_us"] = made.leaves[-2]["sequenced_us"] - US


@attack
def all_times_two_hours_later(made: Made) -> None:
    for leaf in made.leaves:
        for part in (leaf, leaf["data"], leaf["data"].get("facts", {})):
            for name, value in part.items():
                if name.endswith("_us") and value is not None:
                    part[name] = value + 7200 * US


@attack
def another_winner(made: Made) -> None:
    made.leaves[-1]["data"]["plate"] = B


@attack
def closed_a_minute_early(made: Made) -> None:
    made.leaves[-1]["arrival_us"] -= 60 * US
    made.leaves[-1]["sequenced_us"] -= 60 * US


@attack
def other_rules_afterwards(made: Made) -> None:
    opened = made.leaves[0]["data"]
    opened["profile"]["refund_due_workdays"] = 9
    found = canonical.decode(made.terms)
    made.terms = canonical.encode({**found, "profile": opened["profile"]})
    opened["rules"] = hashlib.sha256(made.terms).hexdigest()


@attack
def a_key_twice(made: Made) -> None:
    """The record can be read in two ways: by the last of the two keys it is as it was."""
    data = canonical.encode(made.leaves[-1])
    made.raw[len(made.leaves) - 1] = data.replace(
        b'"amount_fen":', b'"amount_fen":154900000000,"amount_fen":', 1
    )


@attack
def every_bidder_re_keyed(made: Made) -> None:
    """New keys of his own authority for all plates, and every statement signed anew."""
    rogue = forging.authority(b"\x66" * 32)
    made.people = {p: Person(p, rogue) for p in made.people}
    made.statements, made.certificates = {}, {}
    for place, leaf in enumerate(made.leaves):
        data = leaf["data"]
        if leaf["type"] == "admitted":
            data["commitment"] = made.people[data["plate"]].admission.commitment
        elif "statement" in data:
            person = made.people[data["plate"]]
            data["statement"] = made.bid_statement(person, data["amount_fen"], place)
