"""What follows the highest bid (2.8): papers, examination by two people, deal documents, result.

The lot's log decides what stands; the award row and the papers are the working file beside it.
Every act takes `(house, lot, actor, ...)`, raises AwardError with a code and a status, or passes
on the engine's Refusal. The row is made when first asked for: `ensure` can be called at any time.
"""

from auction.services.awards.decision import (
    GROUNDS,
    Proposal,
    confirm,
    note_of,
    open_identity,
    pending,
    propose,
    publish_result,
    send_back,
)
from auction.services.awards.documents import (
    confirmation_paper,
    confirmation_statement,
    notice_paper,
    side_of,
    sign_confirmation,
)
from auction.services.awards.filing import (
    LIMIT_BYTES,
    PAPERS,
    Filed,
    add_paper,
    content_of,
    current_papers,
    file_papers,
    filed_papers,
    missing_papers,
    paper_at,
    papers_statement,
)
from auction.services.awards.standing import (
    Acts,
    AwardError,
    Part,
    Split,
    acts_of,
    ensure,
    examination_due,
    part_of,
    parties_of,
    refunds_due,
    result_due,
    split_of,
    winner_of,
)

__all__ = [
    "GROUNDS",
    "LIMIT_BYTES",
    "PAPERS",
    "Acts",
    "AwardError",
    "Filed",
    "Part",
    "Proposal",
    "Split",
    "acts_of",
    "add_paper",
    "confirm",
    "confirmation_paper",
    "confirmation_statement",
    "content_of",
    "current_papers",
    "ensure",
    "examination_due",
    "file_papers",
    "filed_papers",
    "missing_papers",
    "note_of",
    "notice_paper",
    "open_identity",
    "paper_at",
    "papers_statement",
    "part_of",
    "parties_of",
    "pending",
    "propose",
    "publish_result",
    "refunds_due",
    "result_due",
    "send_back",
    "side_of",
    "sign_confirmation",
    "split_of",
    "winner_of",
]
