"""Commands about evidence bundles: write one, write the trust file of this centre."""

import json
import sys
from pathlib import Path
from typing import NoReturn

import click
from flask.cli import AppGroup
from sqlalchemy import select

from auction.services import bundle_trust
from auction.services.audit import Ground, NotEnded
from auction.services.bundle import Kind, Opening, make
from auction.services.house import current_house
from auction.services.proposals import OPERATOR
from auction.store.base import db
from auction.store.sales import Lot

UNUSABLE = 2
_FILE = click.Path(path_type=Path, dir_okay=False)

bundle = AppGroup("bundle", help="Evidence of a sale, for the stand-alone verifier.")


@bundle.command()
@click.argument("lot")
@click.option("--out", type=_FILE, required=True)
@click.option("--kind", type=click.Choice([str(one) for one in Kind]), default=str(Kind.PUBLIC))
@click.option("--ground", type=click.Choice([str(one) for one in Ground]), help="with auditor")
@click.option("--reason", help="with --kind auditor; stands in the register log")
def export(lot: str, out: Path, kind: str, ground: str | None, reason: str | None) -> None:
    """Write the evidence of LOT (its address, e.g. 2024JC-4), once its bidding has ended.

    An auditor's bundle opens the identities behind all plates of the log: that is recorded.
    """
    found = db.session.scalar(select(Lot).where(Lot.slug == lot))
    if found is None:
        _unusable(f"there is no lot {lot}")
    opening = None
    if kind == Kind.AUDITOR:
        if ground is None or not (reason or "").strip():
            _unusable("--kind auditor opens identities: give --ground and --reason")
        opening = Opening(OPERATOR, Ground(ground), str(reason).strip())
    if out.exists():
        _unusable(f"{out} exists and is not overwritten")
    try:
        data = make(current_house(), found, Kind(kind), opening)
    except NotEnded:
        _unusable(f"the bidding for {lot} has not ended, or its result is held")
    _write(out, data)
    click.echo(f"{out}: {kind} bundle of {lot}, {len(data)} bytes")
    if kind == Kind.AUDITOR:
        click.echo("It names the bidders behind the plates: keep it as you keep those names.")


@bundle.command()
@click.option("--out", type=_FILE, required=True)
@click.option("--public", is_flag=True, help="permit that bidder signatures are not checked")
def trust(out: Path, public: bool) -> None:
    """Write what this centre would have a reader of its bundles trust."""
    found = bundle_trust.trust_file(current_house(), public=public)
    _write(out, (json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode())
    click.echo(f"{out}: {len(found['lots'])} lots, {len(found['anchors'])} authorities")
    click.echo("只供试用：审计人员应另行取得各项内容。")
    click.echo("For trying out only. An auditor gets every item in it elsewhere: whoever writes")
    click.echo("both the evidence and the trust file can make anything agree.")


def _write(out: Path, data: bytes) -> None:
    try:
        out.write_bytes(data)
    except OSError as error:
        _unusable(f"{out}: {error.strerror}")


def _unusable(message: str) -> NoReturn:
    click.echo(f"cannot do that: {message}", err=True)
    sys.exit(UNUSABLE)
