"""Commands for those who check a sale: write its log to a file, replay it from base or file."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from auction.core.events import BidAccepted, BidRefused, BidUnheard, type_name
from auction.core.instants import to_us
from auction.core.money import to_wan_text
from auction.core.workdays import BEIJING
from auction.ledger.errors import LedgerError
from auction.ledger.notes import Verifier
from auction.presenting import findings as wording
from auction.services.export import ExportUnusable, export_log, parse
from auction.services.house import House, current_house
from auction.services.replay import Step
from auction.services.verification import Examination, examine, examine_export
from auction.store.base import db
from auction.store.sales import Lot

DIFFERS, UNUSABLE = 1, 2


@click.command()
@click.argument("lot")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="default: print it")
@with_appcontext
def export(lot: str, out: Path | None) -> None:
    """Write the whole log of LOT (its address, e.g. 2024JC-4) as JSON lines."""
    try:
        exported = export_log(current_house(), _lot(lot))
    except LookupError as error:
        _unusable(str(error))
    data = exported.to_text().encode()
    if out is None:
        click.echo(data, nl=False)
        return
    try:
        out.write_bytes(data)
    except OSError as error:
        _unusable(f"{out}: {error.strerror}")
    click.echo(
        f"{out}: {len(exported.leaves)} records, root {exported.head.root.hex()}, "
        f"check code {exported.check_code}"
    )


@click.command()
@click.argument("lot", required=False)
@click.option("--file", type=click.Path(path_type=Path), help="replay an export instead of a lot")
@click.option("--key", help="the log's verifier string, obtained elsewhere (with --file)")
@click.option("--json", "as_json", is_flag=True, help="for machines")
@with_appcontext
def replay(lot: str | None, file: Path | None, key: str | None, as_json: bool) -> None:
    """Check the log of LOT, or an export, and decide every record again.

    Exit status: 0 everything agrees, 1 something differs (and is named), 2 unusable input.
    """
    if (lot is None) == (file is None):
        _unusable("name either a lot or --file EXPORT")
    house = current_house()
    if file is None:
        if key is not None:
            _unusable("--key goes with --file; a stored log is checked with this system's own key")
        assert lot is not None
        found, trust = examine(house, _lot(lot)), "this system's own key"
    else:
        found, trust = _from_file(house, file, key)
    if as_json:
        click.echo(json.dumps(_as_data(found, trust), ensure_ascii=False, indent=1))
    else:
        _print(found, trust)
    if found.run.findings:
        sys.exit(DIFFERS)


COMMANDS = (replay, export)


def _lot(slug: str) -> Lot:
    lot = db.session.scalar(select(Lot).where(Lot.slug == slug))
    if lot is None:
        known = ", ".join(db.session.scalars(select(Lot.slug).order_by(Lot.slug))) or "none"
        _unusable(f"there is no lot {slug}; lots here: {known}")
    return lot


def _from_file(house: House, file: Path, key: str | None) -> tuple[Examination, str]:
    try:
        given = None if key is None else Verifier.from_string(key)
        exported = parse(file.read_bytes(), given)
    except OSError as error:
        _unusable(f"{file}: {error.strerror}")
    except LedgerError as error:
        _unusable(f"--key: {error}")
    except ExportUnusable as error:
        _unusable(f"{file}: {error}")
    trust = "the key given" if exported.key_given else "the export's own key: not proven whose"
    return examine_export(house, exported), trust


def _unusable(message: str) -> NoReturn:
    click.echo(f"cannot check: {message}", err=True)
    sys.exit(UNUSABLE)


def _print(found: Examination, trust: str) -> None:
    click.echo(f"log      {found.origin}")
    click.echo(f"signed   {trust}\n")
    click.echo(
        f"{'no':>5}  {'arrival (Beijing)':<23}  {'record':<19}  {'plate':<7} {'万元':>9}  rules"
    )
    for step in found.steps:
        click.echo(_line(step))
    state = found.replayed.state
    ended = "-" if state.ended_at is None else _at(state.ended_at)
    click.echo("")
    for finding in found.run.findings:
        click.echo(f"✗ {finding.fault}  {wording.sentence(finding)}")
    verdict = "agrees" if found.run.agrees else f"DIFFERS in {len(found.run.findings)} places"
    took = found.run.took.total_seconds() * 1000
    click.echo(f"{found.run.size} records checked and decided again in {took:.0f} ms: {verdict}")
    click.echo(f"stage: {state.stage}  ended: {ended}")
    click.echo(f"root: {found.run.root}  check code: {found.run.check_code or '-'}")
    price = "-" if state.price_fen is None else to_wan_text(state.price_fen)
    click.echo(f"winner: {found.replayed.winner or '-'}  price: {price} 万元")


def _line(step: Step) -> str:
    event = step.record.event
    is_bid = isinstance(event, BidAccepted | BidRefused | BidUnheard)
    amount = to_wan_text(event.amount_fen) if is_bid else ""
    plate = getattr(event, "plate", None) or ""
    verdict = "agrees" if step.finding is None else "DIFFERS"
    reason = f" {event.reason}" if isinstance(event, BidRefused) else ""
    return (
        f"{step.record.seq:>5}  {_at(step.record.arrival):<23}  {type_name(event):<19}  "
        f"{plate:<7} {amount:>9}  {verdict}{reason}"
    )


def _at(instant: datetime) -> str:
    return instant.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _as_data(found: Examination, trust: str) -> dict[str, Any]:
    state = found.replayed.state
    return {
        "origin": found.origin,
        "key": trust,
        "agrees": found.run.agrees,
        "size": found.run.size,
        "root": found.run.root,
        "check_code": found.run.check_code,
        "stage": str(state.stage),
        "winner": found.replayed.winner,
        "price_fen": state.price_fen,
        "ended_at_us": None if state.ended_at is None else to_us(state.ended_at),
        "findings": [
            {
                "fault": str(finding.fault),
                "record": finding.seq,
                "facts": dict(finding.facts),
                "sentence": wording.sentence(finding),
            }
            for finding in found.run.findings
        ],
        "steps": [_step_data(step) for step in found.steps],
    }


def _step_data(step: Step) -> dict[str, Any]:
    event = step.record.event
    return {
        "seq": step.record.seq,
        "arrival_us": to_us(step.record.arrival),
        "type": type_name(event),
        "plate": getattr(event, "plate", None),
        "amount_fen": getattr(event, "amount_fen", None),
        "price_fen": step.after.price_fen,
        "leader": step.after.leader,
        "agrees": step.finding is None,
    }
