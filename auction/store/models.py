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
    BankImport,
    Credit,
    CreditVerdict,
    DepositAccount,
    Evidence,
    Message,
    Paper,
    Seat,
)

__all__ = [
    "Award",
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
    "Party",
    "Role",
    "SaleKind",
    "Seat",
    "WebSession",
    "db",
]
