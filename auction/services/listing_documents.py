"""The listing documents 出让文件 of a lot: what a bidder reads, and the bytes he signs for."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from auction.core.notice import LotFacts, Notice
from auction.core.notice_codec import notice_from_dict
from auction.core.profile import RuleProfile
from auction.documents.listing_papers import (
    ApplicationFacts,
    InstructionsFacts,
    application_form,
    instructions,
)
from auction.documents.paper import Edition, Mark, Paper, content_bytes
from auction.ledger import canonical
from auction.services.lots import is_practice
from auction.store.sales import Lot


class DocumentKind(StrEnum):
    """The documents in the order in which their hashes are signed."""

    NOTICE = "notice"
    INSTRUCTIONS = "instructions"
    APPLICATION = "application"


@dataclass(frozen=True, slots=True)
class ListingDocument:
    """One document: its exact bytes, and their SHA-256 (hex).

    `paper` is the page to read; the notice has a page of its own and none here.
    """

    kind: DocumentKind
    content: bytes
    paper: Paper | None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def facts_of(lot: Lot) -> tuple[Notice, LotFacts]:
    """The notice of a lot as data, and the lot's part of it."""
    notice = notice_from_dict(lot.notice.facts)
    facts = notice.lot(lot.code)
    if facts is None:
        raise LookupError(f"the notice has no lot {lot.code}")
    return notice, facts


def documents_of(lot: Lot) -> tuple[ListingDocument, ...]:
    """All documents of a lot; they follow from its notice and its frozen rules alone."""
    notice, facts = facts_of(lot)
    edition = Edition(lot.kind)
    rules = instructions(
        InstructionsFacts(
            edition=edition,
            notice=notice,
            lot=facts,
            profile=RuleProfile.from_dict(lot.terms),
            rules=lot.rules,
            mark=Mark.ASSUMED if is_practice(lot) else Mark.PROFILE,
        )
    )
    form = application_form(
        ApplicationFacts(
            edition=edition,
            notice_number=notice.number,
            lot_code=lot.code,
            location=facts.parcel.location,
            deposit_fen=facts.deposit_fen,
            grantor=notice.grantor,
        )
    )
    return (
        ListingDocument(DocumentKind.NOTICE, canonical.encode(lot.notice.facts), None),
        ListingDocument(DocumentKind.INSTRUCTIONS, content_bytes(rules), rules),
        ListingDocument(DocumentKind.APPLICATION, content_bytes(form), form),
    )


def document_of(lot: Lot, kind: DocumentKind) -> ListingDocument:
    """One document of a lot."""
    return next(d for d in documents_of(lot) if d.kind is kind)


def hash_list(lot: Lot) -> str:
    """The documents' hashes as the field `documents` of a statement holds them."""
    return ",".join(document.sha256 for document in documents_of(lot))
