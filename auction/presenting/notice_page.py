"""The page of a notice, the same before and after its publication."""

from auction.core.notice_codec import notice_from_dict
from auction.core.profile import RuleProfile
from auction.documents.notice import NoticeDocument, notice_document
from auction.documents.paper import Edition
from auction.presenting.rules import assumption_rows
from auction.services.lots import is_practice
from auction.store.sales import Notice


def page_of(row: Notice) -> NoticeDocument:
    """The document of a stored notice, with what it leaves to the rule profile marked as such."""
    rows = assumption_rows(RuleProfile.from_dict(row.profile), is_practice(row))
    return notice_document(notice_from_dict(row.facts), rows, edition=Edition(row.kind))
