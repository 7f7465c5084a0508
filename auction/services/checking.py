"""What anybody can have checked: receipts, qualification certificates, documents by their hash."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from auction.ledger import canonical, receipt
from auction.ledger.checkpoint import Checkpoint, check_code
from auction.ledger.merkle import Tree, leaf_hash
from auction.ledger.notes import split
from auction.ledger.receipt import Receipt, ReceiptError
from auction.services import lots
from auction.services.house import House
from auction.services.listing_documents import DocumentKind, documents_of
from auction.store import journal
from auction.store.base import db
from auction.store.logs import Log, LogEntry
from auction.store.sales import Lot, Notice, NoticeStatus, SaleKind
from auction.store.seats import Seat

_NUMBER = re.compile(r"[0-9]{16}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_BREAKS = re.compile(r"[\s-]+")


class CheckRefused(Exception):
    """The input cannot be checked, or the check failed; `code` says which.

    RECEIPT_EMPTY, RECEIPT_MALFORMED, RECEIPT_FOREIGN (a log that is not of this centre),
    RECEIPT_SIGNATURE, RECEIPT_INCLUSION, NUMBER_MALFORMED, DIGEST_MALFORMED.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# --- receipts ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CheckedReceipt:
    """A receipt that holds: the record, the signed head it lies under, and what is here today."""

    lot: Lot | None
    """The lot whose public log it is from; None for another log of this centre."""
    record: Mapping[str, Any]
    """The leaf as an object."""
    head: Checkpoint
    check_code: str
    agrees: bool
    """Whether the log kept here still has this record and this head."""


def check_receipt(house: House, text: str) -> CheckedReceipt:
    """Check the text of a `.tlog-proof` file. Raises CheckRefused."""
    if not text.strip():
        raise CheckRefused("RECEIPT_EMPTY")
    try:
        given = Receipt.from_text(text.replace("\r\n", "\n"))
        head = Checkpoint.parse(split(given.checkpoint_note)[0])
    except ValueError as error:
        raise CheckRefused("RECEIPT_MALFORMED") from error
    log = db.session.scalar(select(Log).where(Log.origin == head.origin))
    if log is None:
        raise CheckRefused("RECEIPT_FOREIGN")
    try:
        receipt.verify(given, house.log_key(log.origin).verifier)
    except ReceiptError as error:
        failed = "RECEIPT_INCLUSION" if error.code == "inclusion" else "RECEIPT_SIGNATURE"
        raise CheckRefused(failed) from error
    return CheckedReceipt(
        lot=db.session.scalar(select(Lot).where(Lot.log_id == log.id)),
        record=canonical.decode(given.leaf),
        head=head,
        check_code=check_code(head),
        agrees=_agrees(log, given, head),
    )


def _agrees(log: Log, given: Receipt, head: Checkpoint) -> bool:
    leaves = journal.read(db.session.connection(), log.id, limit=head.size)
    if len(leaves) < head.size or leaves[given.index].data != given.leaf:
        return False
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf_hash(leaf.data))
    return tree.root_at(head.size) == head.root


# --- qualification certificates ---------------------------------------------------------------


def check_certificate(number: str) -> Lot | None:
    """The lot for which a certificate of this number is valid; None if there is none.

    Nothing about its holder is ever told. Raises CheckRefused.
    """
    plain = _BREAKS.sub("", number)
    if not _NUMBER.fullmatch(plain):
        raise CheckRefused("NUMBER_MALFORMED")
    return db.session.scalar(
        select(Lot)
        .join(Seat, Seat.lot_id == Lot.id)
        .where(Seat.certificate_number == plain, Seat.qualified_at.is_not(None))
    )


# --- documents --------------------------------------------------------------------------------


class Published(StrEnum):
    """What a hash was found to be."""

    NOTICE = "notice"
    INSTRUCTIONS = "instructions"
    APPLICATION = "application"
    RULES = "rules"
    CONFIRMATION = "confirmation"


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """A published document with the hash that was asked for."""

    kind: Published
    notice: Notice
    lot: Lot | None
    at: datetime | None
    """When it was published, or signed."""


def check_document(digest: str) -> FoundDocument | None:
    """The published document with this SHA-256 (hex), or None. Raises CheckRefused."""
    plain = _BREAKS.sub("", digest).lower()
    if not _DIGEST.fullmatch(plain):
        raise CheckRefused("DIGEST_MALFORMED")
    return next((found for found, held in _published() if held == plain), None)


def _published() -> Iterator[tuple[FoundDocument, str]]:
    notices = select(Notice).where(Notice.status == str(NoticeStatus.PUBLISHED))
    for notice in db.session.scalars(notices):
        if notice.content_hash is not None:
            at = notice.published_at
            yield FoundDocument(Published.NOTICE, notice, None, at), notice.content_hash
    for lot in lots.published(*SaleKind):
        at = lot.notice.published_at
        yield FoundDocument(Published.RULES, lot.notice, lot, at), lot.rules
        for document in documents_of(lot):
            if document.kind is not DocumentKind.NOTICE:
                kind = Published(document.kind.value)
                yield FoundDocument(kind, lot.notice, lot, at), document.sha256
        yield from _confirmations(lot)


def _confirmations(lot: Lot) -> Iterator[tuple[FoundDocument, str]]:
    query = select(LogEntry).where(
        LogEntry.log_id == lot.log_id, LogEntry.type == "confirmation_signed"
    )
    for entry in db.session.scalars(query):
        document = str(canonical.decode(entry.leaf)["data"]["document"])
        yield (
            FoundDocument(Published.CONFIRMATION, lot.notice, lot, entry.arrival),
            document,
        )
