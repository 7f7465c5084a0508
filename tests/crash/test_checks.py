"""The checks of the crash runs, checked: each breach that they look for is found."""

import copy
import json
from typing import Any

import pytest
from crash.checks import Log, Verdict, acknowledged, receipts, rules_broken
from crash.load import Kept
from crash.sale import Sale
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auction.ledger.checkpoint import Checkpoint, sign
from auction.ledger.merkle import Tree, leaf_hash
from auction.ledger.notes import LogKey
from auction.ledger.receipt import Receipt

S = 1_000_000
SALE = Sale("p-1", "00" * 32, "http://127.0.0.1", countdown_us=15 * S, step_fen=10)
KEY = LogKey("floor.example/lots/p-1", Ed25519PrivateKey.generate())
Leaf = dict[str, Any]


def event(kind: str, at: int, **data: Any) -> Leaf:
    return {"type": kind, "arrival_us": at * S, "data": data}


def bid(name: str, plate: str, fen: int, at: int, **more: Any) -> Leaf:
    return event(
        "bid_refused" if "reason" in more else "bid_accepted",
        at,
        plate=plate,
        amount_fen=fen,
        statement=name,
        deadline_us=None,
        **more,
    )


def sound_sale() -> list[Leaf]:
    """A quote, a round with two bids, a low one and a late one."""
    return [
        event("lot_opened", 0, profile={"start_fen": 100}),
        bid("s1", "A", 100, 1),
        event("round_opened", 10, bids_from_us=10 * S, deadline_us=25 * S),
        bid("s2", "B", 110, 12),
        bid("s3", "A", 115, 13, reason="BID_TOO_LOW"),
        bid("s4", "A", 130, 20),
        event("bidding_ended", 35),
        bid("s5", "B", 140, 35, reason="BID_LATE"),
    ]


def log_of(leaves: list[Leaf]) -> Log:
    lines = [json.dumps(leaf | {"seq": n}) for n, leaf in enumerate(leaves, start=1)]
    header = json.dumps({"key": KEY.verifier.to_string()})
    return Log("\n".join([header, *lines]) + "\n")


def with_deadlines(leaves: list[Leaf]) -> list[Leaf]:
    leaves[3]["data"]["deadline_us"] = 27 * S
    leaves[5]["data"]["deadline_us"] = 35 * S
    return leaves


def test_a_sound_sale_has_no_fault() -> None:
    assert rules_broken(log_of(with_deadlines(sound_sale())), SALE) == []


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (3, {"amount_fen": 105}),  # accepted below the minimum
        (3, {"plate": "A"}),  # the leader raised himself
        (3, {"deadline_us": 26 * S}),  # the deadline moved too little
        (5, {"deadline_us": 36 * S}),  # and too much
        (4, {"reason": "BID_LATE"}),  # in time, and called late
        (4, {"amount_fen": 120}),  # high enough, and refused
        (7, {"reason": "BID_TOO_LOW"}),  # late, and judged on price
    ],
)
def test_a_wrong_verdict_or_deadline_is_found(place: int, change: Leaf) -> None:
    leaves = with_deadlines(sound_sale())
    leaves[place]["data"] |= change
    assert rules_broken(log_of(leaves), SALE)


def test_a_bid_accepted_at_its_deadline_is_found() -> None:
    leaves = with_deadlines(sound_sale())
    leaves[5]["arrival_us"] = 27 * S
    leaves[5]["data"]["deadline_us"] = 42 * S
    leaves[6]["arrival_us"] = leaves[7]["arrival_us"] = 42 * S
    assert rules_broken(log_of(leaves), SALE) == ["record 6 arrived at or after the deadline"]


def test_a_resumption_that_moves_the_deadline_back_is_found() -> None:
    leaves = with_deadlines(sound_sale())
    stop = event("suspended", 21, since_us=21 * S, ground="OUTAGE", by="system")
    back = event("round_resumed", 22, bids_from_us=22 * S, deadline_us=34 * S)
    leaves[6:6] = [stop, back]
    leaves[8]["arrival_us"] = leaves[9]["arrival_us"] = 34 * S
    assert rules_broken(log_of(leaves), SALE) == ["record 8 moved the deadline back"]


def test_an_answer_that_the_log_does_not_hold_is_found() -> None:
    leaves = with_deadlines(sound_sale())
    sent = {leaf["data"]["statement"] for leaf in leaves if "statement" in leaf["data"]}
    kept = {name: Kept({}, [{}]) for name in sent}
    assert _acknowledged(leaves, kept) == Verdict(figures=_figures(5), faults=[])
    twice = [*leaves, copy.deepcopy(leaves[3])]
    assert "more than once" in _acknowledged(twice, kept).faults[0]
    gone = [leaf for leaf in leaves if leaf["data"].get("statement") != "s2"]
    assert "not in the log" in _acknowledged(gone, kept).faults[0]
    kept["s6"] = Kept({})
    assert "never got a verdict" in _acknowledged(leaves, kept).faults[0]
    foreign = [*leaves, bid("s7", "B", 150, 40, reason="BID_LATE")]
    assert "never sent" in _acknowledged(foreign, kept).faults[0]


def test_a_receipt_that_is_forged_or_says_something_else_is_found() -> None:
    log = log_of(with_deadlines(sound_sale()))
    tree = Tree()
    for leaf in log.raw:
        tree.append(leaf_hash(leaf))
    note = sign(Checkpoint(KEY.name, tree.size, tree.root()), KEY)
    true = Receipt(3, log.raw[3], tuple(tree.inclusion_proof(3, tree.size)), note)
    kept = {"s2": Kept({}, [{"record": {"seq": 4}, "receipt": true.to_text()}])}
    assert _receipts(log, kept) == []
    other = {"s4": kept["s2"]}
    assert "not what the log says" in _receipts(log, other)[0]
    forged = Receipt(3, log.raw[5], true.proof, note).to_text()
    kept["s2"].answers[0]["receipt"] = forged
    assert "does not lead" in _receipts(log, kept)[0]


def _acknowledged(leaves: list[Leaf], kept: dict[str, Kept]) -> Verdict:
    found = Verdict()
    acknowledged(log_of(leaves), kept, found)
    return found


def _receipts(log: Log, kept: dict[str, Kept]) -> list[str]:
    found = Verdict()
    receipts(log, kept, found)
    return found.faults


def _figures(statements: int) -> dict[str, int]:
    nothing = dict.fromkeys(("sent again", "missing", "duplicates"), 0)
    return {"statements": statements} | nothing
