"""The highest bidder's papers: uploaded one by one, then filed by one signature over them all."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from auction.core.state import Stage
from auction.documents.winner_papers import WINNER_PAPERS
from auction.pki import statement as st
from auction.pki.statement import Signed
from auction.services import logbook, lots
from auction.services.awards.standing import AwardError, Part, ensure, part_of, verified
from auction.services.house import House
from auction.services.people import Actor
from auction.services.randomness import identifier
from auction.services.statements import keep_evidence
from auction.services.unit import writing
from auction.store.base import db
from auction.store.sales import Lot
from auction.store.seats import Award, Paper

PAPERS = tuple(WINNER_PAPERS)
"""Kinds of papers, in the order in which their digests are signed."""
LIMIT_BYTES = 10 * 1024 * 1024
_NAME_LENGTH = 120

_LOOKS: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("application/pdf", lambda data: data.startswith(b"%PDF-") and b"%%EOF" in data[-2048:]),
    (
        "image/png",
        lambda data: data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR",
    ),
    ("image/jpeg", lambda data: data.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in data[-64:]),
)


@dataclass(frozen=True, slots=True)
class Filed:
    """A paper as its owner and the examiners see it. `filed` once a signature covers it."""

    id: str
    kind: str
    name: str
    media: str
    size: int
    digest: str
    uploaded_at: datetime
    filed: bool


def add_paper(house: House, lot: Lot, actor: Actor, kind: str, name: str, content: bytes) -> Filed:
    """Keep one paper, sealed; it replaces an earlier one of its kind at the next filing.

    Raises AwardError: NOT_HIGHEST 403, PAPERS_LATE, NOT_PENDING, UNDER_EXAMINATION 409,
    PAPER_UNKNOWN 404, PAPER_EMPTY, PAPER_TYPE 422, PAPER_TOO_LARGE 413.
    """
    if kind not in PAPERS:
        raise AwardError("PAPER_UNKNOWN", 404)
    award = _open_to(house, lot, actor)
    media = media_type(content)
    now = house.now()
    paper_id = identifier(house.random)
    label = _clean(name)
    row = Paper(
        id=paper_id,
        lot_id=lot.id,
        pseudonym=award.pseudonym,
        kind=kind,
        digest=hashlib.sha256(content).hexdigest(),
        size=len(content),
        sealed_name=house.sealer.seal({"name": label, "media": media}, f"paper-name:{paper_id}"),
        sealed_content=house.sealer.seal(base64.b64encode(content).decode(), f"paper:{paper_id}"),
        filed_at=now,
    )
    with writing() as session:
        # What was signed for stays for good; what was only uploaded is replaced.
        replaced = select(Paper).where(
            Paper.lot_id == lot.id, Paper.kind == kind, Paper.statement.is_(None)
        )
        for old in session.scalars(replaced):
            session.delete(old)
        session.add(row)
    return _shown(house, row)


def media_type(content: bytes) -> str:
    """The media type that the content itself shows; AwardError if it may not be filed."""
    if not content:
        raise AwardError("PAPER_EMPTY", 422)
    if len(content) > LIMIT_BYTES:
        raise AwardError("PAPER_TOO_LARGE", 413, limit=LIMIT_BYTES, size=len(content))
    for media, fits in _LOOKS:
        if fits(content):
            return media
    raise AwardError("PAPER_TYPE", 422)


def current_papers(house: House, lot: Lot) -> list[Filed]:
    """The highest bidder's papers as he sees them, in the order of PAPERS: of each kind the one
    uploaded last, signed for or not."""
    return _latest(house, lot, uploaded=True)


def filed_papers(house: House, lot: Lot) -> list[Filed]:
    """The papers of the last signed filing, in the order of PAPERS: what is examined."""
    return _latest(house, lot, uploaded=False)


def _latest(house: House, lot: Lot, *, uploaded: bool) -> list[Filed]:
    award = ensure(house, lot)
    if award is None:
        return []
    found: dict[str, Paper] = {}
    for row in db.session.scalars(select(Paper).where(Paper.lot_id == lot.id)):
        if row.statement is None:
            if uploaded:
                found[row.kind] = row
        elif row.statement == award.filing:
            found.setdefault(row.kind, row)
    return [_shown(house, found[kind]) for kind in PAPERS if kind in found]


def missing_papers(papers: list[Filed]) -> list[str]:
    """Kinds that are still asked for."""
    there = {paper.kind for paper in papers}
    return [kind for kind in PAPERS if kind not in there]


def papers_statement(house: House, lot: Lot) -> tuple[str, dict[str, str]]:
    """Purpose and known fields of the statement that files the papers as they are now."""
    return st.purpose_for("papers", practice=lots.is_practice(lot)), {
        "aud": house.site.origin,
        "lot": lot.slug,
        "plate": st.signed_plate(lot.leader or ""),
        "papers": ",".join(paper.digest for paper in current_papers(house, lot)),
    }


def file_papers(house: House, lot: Lot, actor: Actor, signed: Signed) -> Award:
    """File the uploaded papers: the signature names each by its SHA-256, in the order of PAPERS.

    May be repeated until the due instant, as long as nobody has proposed a decision. Raises
    AwardError as `add_paper`, PAPERS_INCOMPLETE 422, and the codes of a refused statement 422.
    """
    award = _open_to(house, lot, actor)
    papers = current_papers(house, lot)
    if missing := missing_papers(papers):
        raise AwardError("PAPERS_INCOMPLETE", 422, missing=",".join(missing))
    now = house.now()
    _, known = papers_statement(house, lot)
    checked = verified(house, lot, actor, "papers", signed, known, now)
    digest = checked.statement.digest
    with writing() as session:
        row = session.get_one(Award, award.lot_id)
        if row.filing != digest:
            keep_evidence(session, checked.row)
            row.filed_at, row.filing = now, digest
            session.execute(
                update(Paper)
                .where(Paper.id.in_([paper.id for paper in papers]))
                .values(statement=digest)
            )
            logbook.append(
                house,
                session,
                lot.sealed_log_id,
                "papers_filed",
                {"papers": [paper.digest for paper in papers], "statement": digest},
                now,
            )
    return db.session.get_one(Award, lot.id)


def paper_at(house: House, lot: Lot, paper_id: str) -> Filed | None:
    """One paper of this lot by its id."""
    row = db.session.get(Paper, paper_id)
    return None if row is None or row.lot_id != lot.id else _shown(house, row)


def content_of(house: House, paper: Filed) -> bytes:
    """The bytes that were uploaded."""
    row = db.session.get_one(Paper, paper.id)
    text = house.sealer.open(row.sealed_content, f"paper:{row.id}")
    assert isinstance(text, str)
    return base64.b64decode(text)


def _open_to(house: House, lot: Lot, actor: Actor) -> Award:
    """The award, if this actor may still change its papers now."""
    award = ensure(house, lot)
    if award is None or part_of(house, lot, actor) is not Part.HIGHEST:
        raise AwardError("NOT_HIGHEST", 403)
    if Stage(lot.stage) is not Stage.AWARD_PENDING:
        raise AwardError("NOT_PENDING")
    if house.now() >= award.papers_due:
        raise AwardError("PAPERS_LATE")
    if award.proposal is not None:
        raise AwardError("UNDER_EXAMINATION")
    return award


def _shown(house: House, row: Paper) -> Filed:
    told = house.sealer.open(row.sealed_name, f"paper-name:{row.id}")
    assert isinstance(told, dict)
    return Filed(
        row.id,
        row.kind,
        str(told["name"]),
        str(told["media"]),
        row.size,
        row.digest,
        row.filed_at,
        row.statement is not None,
    )


def _clean(name: str) -> str:
    """A file's name without folders and without what does not print."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[-_NAME_LENGTH:] or "paper"
