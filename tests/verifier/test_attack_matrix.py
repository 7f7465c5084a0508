"""Eighteen attacks, three kinds of attacker, and what finds them: the cells that a bundle alone
cannot detect are asserted as well, and that no check could be left out."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from verifier import attacks, forging
from verifier.attacks import ATTACKS, Power, seal
from verifier.conftest import Run, failed
from verifier.forging import LOG, ORIGIN, US, Made, cosigned, honest, trusting
from verifier.stamps import Authority

from auction.ledger import canonical
from auction.ledger.checkpoint import Checkpoint, sign
from auction.services.bundle import Kind

# Attack -> failing checks for each attacker: database only, with the log's key, with all keys.
EXPECTED: dict[str, tuple[set[int], set[int], set[int]]] = {
    "edit_an_amount": ({4, 9, 11, 15}, {6, 9, 11, 15}, {9, 11}),
    "edit_and_recompute_all": ({4, 9, 15}, {6, 9, 15}, {9}),
    "accepted_to_rejected": ({4, 11, 15}, {6, 11, 15}, {11}),
    "delete_the_winning_bid": ({4, 6, 15}, {6, 15}, set()),
    "delete_a_rejected_bid": ({4, 6, 9, 15}, {6, 9, 15}, {9}),
    "insert_a_back_dated_last_bid": ({4, 6, 15}, {6, 15}, set()),
    "reorder_two": ({4, 8, 9, 11, 15}, {6, 8, 9, 11, 15}, {8, 9, 11}),
    "truncate_and_close_again": ({4, 6, 15}, {6, 15}, set()),
    "truncate_without_a_close": ({6, 12, 15}, {6, 12, 15}, {12}),
    "a_bid_signed_for_another_lot": ({4, 9, 15}, {6, 9, 15}, {9}),
    "the_same_signed_bid_again": ({4, 6, 11, 15}, {6, 11, 15}, {11}),
    "the_clock_stepped_back": ({4, 6, 8, 15}, {6, 8, 15}, {8}),
    "all_times_two_hours_later": ({4, 8, 9, 12, 15}, {6, 9, 12, 15}, {9, 12}),
    "another_winner": ({4, 13, 15}, {6, 13, 15}, {13}),
    "closed_a_minute_early": ({4, 6, 12, 15}, {6, 12, 15}, {12}),
    "other_rules_afterwards": ({4, 9, 10, 15}, {6, 9, 10, 15}, {9, 10}),
    "a_key_twice": ({2, 4, 15}, {2, 6, 15}, {2}),
    "every_bidder_re_keyed": ({4, 9, 15}, {6, 9, 15}, {9}),
}
THE_TAIL = {
    "delete_the_winning_bid",
    "insert_a_back_dated_last_bid",
    "truncate_and_close_again",
}
"""What no bundle alone can show, if every key is in one hand."""
NOT_IN_PUBLIC = {
    *THE_TAIL,
    "edit_and_recompute_all",
    "delete_a_rejected_bid",
    "a_bid_signed_for_another_lot",
    "every_bidder_re_keyed",
}
"""What it costs that a public bundle holds no statements, against the same hand."""
_PUBLIC = {"permit_not_checked": ["07", "09", "14"]}


def final_head() -> list[tuple[str, bytes]]:
    """The last head of the honest sale, as a bidder's browser kept it."""
    heads = honest().heads
    return [("kept.note", heads[max(heads)].encode())]


def attacked(name: str, power: Power) -> Made:
    made = honest()
    ATTACKS[name](made)
    seal(made, power)
    return made


def test_an_untouched_sale_passes_in_both_kinds_and_has_one_root(run: Run) -> None:
    made = honest()
    auditor = run(made.bundle(), trusting(), head_files=final_head())
    assert auditor.exit_code == 0, auditor.to_text()
    public = run(made.bundle(Kind.PUBLIC), trusting(**_PUBLIC))
    assert public.exit_code == 0, public.to_text()
    assert public.facts["root"] == auditor.facts["root"] == made.root(len(made.leaves)).hex()
    assert run(made.bundle(Kind.PUBLIC), trusting()).exit_code == 2, "09 is not permitted"


def test_the_table_names_every_attack() -> None:
    assert set(EXPECTED) == set(ATTACKS)
    assert len(ATTACKS) == 18


@pytest.mark.parametrize("name", ATTACKS)
def test_who_is_found_out_by_the_bundle_alone_and_by_one_kept_head(run: Run, name: str) -> None:
    for power, expected in zip(Power, EXPECTED[name], strict=True):
        bundle = attacked(name, power).bundle()
        alone = run(bundle, trusting())
        assert failed(alone) == expected, (power, alone.to_text())
        assert alone.exit_code == (1 if expected else 0)
        kept = run(bundle, trusting(), head_files=final_head())
        assert failed(kept) >= expected
        assert failed(kept) & {14, 15}, "one kept head finds every attack"


def test_only_the_tail_is_out_of_reach_of_a_bundle_alone() -> None:
    undetected = {name for name, cells in EXPECTED.items() if not cells[2]}
    assert undetected == THE_TAIL
    assert all(cells[0] and cells[1] for cells in EXPECTED.values())


def test_what_it_costs_that_a_public_bundle_holds_no_statements(run: Run) -> None:
    found = {
        name: failed(run(attacked(name, Power.ALL_KEYS).bundle(Kind.PUBLIC), trusting(**_PUBLIC)))
        for name in ATTACKS
    }
    assert {name for name, checks in found.items() if not checks} == NOT_IN_PUBLIC


def test_a_dropped_bid_whose_statement_was_forgotten_in_the_store_is_found(run: Run) -> None:
    made, whole = attacked("delete_the_winning_bid", Power.ALL_KEYS), honest()
    made.statements = whole.statements
    assert failed(run(made.bundle(), trusting())) == {9}


# --- no check could be left out --------------------------------------------------------------


def _text_beside_the_terms(made: Made) -> bytes:
    """Another wording beside the hashed terms, in a bundle that was packed by somebody else."""
    out, data = io.BytesIO(), made.bundle()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            changed = item.filename == "rules/terms.txt"
            new.writestr(item, content.replace(b"300", b"240") if changed else content)
    return out.getvalue()


def _another_number(made: Made) -> bytes:
    made.leaves[-1]["seq"] += 1
    seal(made, Power.ALL_KEYS)
    return made.bundle()


def _a_head_over_other_records(made: Made) -> bytes:
    """The log's key signed a second view for somebody in the middle of the sale."""
    size = sorted(made.heads)[4]
    made.heads[size] = sign(Checkpoint(ORIGIN, size, b"\x5a" * 32), LOG)
    return made.bundle()


def _a_head_of_another_key(made: Made) -> bytes:
    size = sorted(made.heads)[4]
    stranger = forging.LogKey(ORIGIN, forging.ed25519(99))
    made.heads[size] = sign(Checkpoint(ORIGIN, size, made.root(size)), stranger)
    return made.bundle()


def _one_witness_of_two(made: Made) -> bytes:
    size = len(made.leaves)
    made.sign_heads(sorted(made.heads))
    at = made.leaves[-1]["sequenced_us"] // US + 5
    made.heads[size] = cosigned(made.heads[size], at, ["audit.example/witness"])
    return made.bundle()


def _other_terms_beside_the_log(made: Made) -> bytes:
    found = canonical.decode(made.terms)
    made.terms = canonical.encode({**found, "lot": "another"})
    return made.bundle()


def _written_a_second_later(made: Made) -> bytes:
    made.leaves[-1]["sequenced_us"] += US
    seal(made, Power.ALL_KEYS)
    return made.bundle()


def _by(name: str) -> Callable[[Made], bytes]:
    def bundle(made: Made) -> bytes:
        attacks.ATTACKS[name](made)
        seal(made, Power.ALL_KEYS)
        return made.bundle()

    return bundle


# For each check an attack that it alone finds, and whether a kept head is brought.
ALONE: dict[int, tuple[Callable[[Made], bytes], bool]] = {
    1: (_text_beside_the_terms, False),
    2: (_by("a_key_twice"), False),
    3: (_another_number, False),
    4: (_a_head_over_other_records, False),
    5: (_a_head_of_another_key, False),
    6: (_one_witness_of_two, False),
    8: (_by("the_clock_stepped_back"), False),
    9: (_by("a_bid_signed_for_another_lot"), False),
    10: (_other_terms_beside_the_log, False),
    11: (_by("the_same_signed_bid_again"), False),
    12: (_by("closed_a_minute_early"), False),
    13: (_by("another_winner"), False),
    14: (_written_a_second_later, True),
    15: (_by("delete_the_winning_bid"), True),
}


@pytest.mark.parametrize("number", ALONE)
def test_an_attack_passes_as_soon_as_the_one_check_is_left_out(run: Run, number: int) -> None:
    forge, with_head = ALONE[number]
    bundle = forge(honest())
    brought: dict[str, Any] = {"head_files": final_head()} if with_head else {}
    assert failed(run(bundle, trusting(), **brought)) == {number}
    permitted = trusting(permit_not_checked=["07", "14", f"{number:02d}"])
    assert run(bundle, permitted, frozenset({number}), **brought).exit_code == 0


# --- timestamps -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, Authority]:
    folder = tmp_path_factory.mktemp("tsa")
    return Authority(folder, "trusted"), Authority(folder, "rogue")


def stamped(authority: Authority, made: Made) -> Made:
    size = len(made.leaves)
    plain = sign(Checkpoint(ORIGIN, size, made.root(size)), LOG)
    made.timestamps = {size: authority.stamp(plain)}
    return made


def stamping(authority: Authority, **changes: Any) -> Any:
    """Trust in an authority, of which the sale of 2024 is stamped today."""
    settings = {
        "timestamps": {"authorities": [{"chain": authority.chain}]},
        "max_anchoring_delay_s": 10**9,
        "permit_not_checked": ["14"],
    }
    return trusting(**{**settings, **changes})


def test_a_timestamp_counts_from_the_pinned_authority_and_in_time_only(
    run: Run, authorities: tuple[Authority, Authority]
) -> None:
    trusted, rogue = authorities
    good = stamped(trusted, honest()).bundle()
    assert run(good, stamping(trusted)).exit_code == 0
    forged = stamped(rogue, honest()).bundle()
    assert failed(run(forged, stamping(trusted))) == {7}
    without = run(forged, stamping(trusted, permit_not_checked=["07", "14"]), frozenset({7}))
    assert without.exit_code == 0, "nothing else finds a rogue token"
    assert 7 in failed(run(good, stamping(trusted, max_anchoring_delay_s=60)))
    other = honest()
    other.timestamps = stamped(trusted, honest()).timestamps
    other.leaves[-1]["sequenced_us"] += US
    seal(other, Power.ALL_KEYS)
    assert failed(run(other.bundle(), stamping(trusted))) == {7}, "a token on another head"


def test_a_damaged_timestamp_fails_and_nothing_else(
    run: Run, authorities: tuple[Authority, Authority]
) -> None:
    made = stamped(authorities[0], honest())
    ((size, token),) = made.timestamps.items()
    for at in range(0, len(token), 9):
        made.timestamps = {size: token[:at] + bytes([token[at] ^ 0x21]) + token[at + 1 :]}
        assert failed(run(made.bundle(), stamping(authorities[0]))) <= {7}
    for junk in (b"", b"0", token[:100], token + b"0", b"\x30\x84\xff\xff\xff\xff"):
        made.timestamps = {size: junk}
        assert failed(run(made.bundle(), stamping(authorities[0]))) == {7}


def test_an_absent_timestamp_is_not_checked_and_never_passed(
    run: Run, authorities: tuple[Authority, Authority]
) -> None:
    report = run(honest().bundle(), stamping(authorities[0]))
    assert (report.results[6].verdict, report.exit_code) == ("NOT CHECKED", 2)
    assert report.results[6].why == "NO_TIMESTAMP"


def test_the_verifier_runs_on_the_command_line(tmp_path: Path) -> None:
    import json

    from auction.verifier.__main__ import main

    (tmp_path / "trust.json").write_text(json.dumps(forging.trust_data(honest())))
    (tmp_path / "b.zip").write_bytes(honest().bundle())
    (tmp_path / "kept.note").write_bytes(final_head()[0][1])
    told = ["--trust", str(tmp_path / "trust.json"), "--json", str(tmp_path / "out.json")]
    brought = ["--head", str(tmp_path / "kept.note")]
    assert main([str(tmp_path / "b.zip"), *told, *brought]) == 0
    data = json.loads((tmp_path / "out.json").read_text())
    assert [c["number"] for c in data["checks"]] == [f"{n:02d}" for n in range(1, 16)]
    assert data["winner"] == "7720"
    assert {c["verdict"] for c in data["checks"]} == {"PASS", "NOT CHECKED"}
    assert main([str(tmp_path / "none.zip"), *told]) == 2
