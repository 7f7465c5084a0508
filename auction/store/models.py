"""Every table, imported in one place for migrations and tests."""

from auction.store.base import Base, db
from auction.store.logs import Heartbeat, Log, LogCheckpoint, LogEntry, LogKind
from auction.store.people import (
    Challenge,
    Credential,
    Officer,
    Party,
    Role,
    WebSession,
)
from auction.store.sales import Bid, Lot, Notice, NoticeStatus, SaleKind
from auction.store.seats import (
    Award,
    BankFile,
    BankImport,
    Credit,
    CreditVerdict,
    DepositAccount,
    Evidence,
    JointConsent,
    JointDraft,
    Message,
    Paper,
    Part,
    Reading,
    Seat,
)

__all__ = [
    "Award",
    "BankFile",
    "BankImport",
    "Base",
    "Bid",
    "Challenge",
    "Credential",
    "Credit",
    "CreditVerdict",
    "DepositAccount",
    "Evidence",
    "Heartbeat",
    "JointConsent",
    "JointDraft",
    "Log",
    "LogCheckpoint",
    "LogEntry",
    "LogKind",
    "Lot",
    "Message",
    "Notice",
    "NoticeStatus",
    "Officer",
    "Paper",
    "Part",
    "Party",
    "Reading",
    "Role",
    "SaleKind",
    "Seat",
    "WebSession",
    "db",
]
