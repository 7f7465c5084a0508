"""What a centre knows of an authority: its certificate, the policy it is trusted under, and where
its revocation data is published."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self
from urllib.parse import urlsplit

from auction.pki.chain import RevocationMode
from auction.pki.inspection import CertificateFacts

KEY_KINDS: Final = ("SM2", "RSA", "P-256", "P-384")
URL_LIMIT: Final = 300
CRL_SOURCES_LIMIT: Final = 4
POLICIES_LIMIT: Final = 16
LABEL_LIMIT: Final = 120
LIST_AGE_HOURS: Final = range(1, 24 * 60 + 1)
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]{0,9})){1,15}")
_URL_TEXT = re.compile(r"[\x21-\x7e]+")


class EntryKind(StrEnum):
    """Whether a certificate is trusted, or only helps to build the path to one that is."""

    ANCHOR = "anchor"
    INTERMEDIATE = "intermediate"


class Origin(StrEnum):
    """Who put it there: two officers, an operator's file, or the demonstration."""

    TABLE = "table"
    FILE = "file"
    DEMO = "demo"


@dataclass(frozen=True, slots=True)
class Policy:
    """Under which conditions an anchor is trusted; the defaults are those of a file."""

    policies: tuple[str, ...] = ()
    """Dotted OIDs, one of which a certificate must carry; empty: any."""
    revocation: RevocationMode = RevocationMode.SOFT
    key_kinds: tuple[str, ...] = KEY_KINDS
    auto_enrol: bool = False
    """Whether a holder is enrolled by policy where his certificate proves his organisation."""
    max_list_age_hours: int | None = None
    """After how long a revocation list no longer proves that a certificate is good, even if its
    issuer promised it longer."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        age = data.get("max_list_age_hours")
        return cls(
            policies=tuple(str(oid) for oid in data.get("policies", ())),
            revocation=RevocationMode(data.get("revocation", RevocationMode.SOFT)),
            key_kinds=tuple(str(kind) for kind in data.get("key_kinds", KEY_KINDS)),
            auto_enrol=bool(data.get("auto_enrol", False)),
            max_list_age_hours=None if age is None else int(age),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "policies": list(self.policies),
            "revocation": str(self.revocation),
            "key_kinds": list(self.key_kinds),
            "auto_enrol": self.auto_enrol,
            "max_list_age_hours": self.max_list_age_hours,
        }

    @property
    def max_list_age(self) -> timedelta | None:
        hours = self.max_list_age_hours
        return None if hours is None else timedelta(hours=hours)

    def problems(self) -> list[tuple[str, str]]:
        """(field, code) of everything that is wrong."""
        found = []
        if len(self.policies) > POLICIES_LIMIT or not all(map(_OID.fullmatch, self.policies)):
            found.append(("policies", "POLICY_OID"))
        if not self.key_kinds or not set(self.key_kinds) <= set(KEY_KINDS):
            found.append(("key_kinds", "KEY_KINDS_NEEDED"))
        if self.max_list_age_hours is not None and self.max_list_age_hours not in LIST_AGE_HOURS:
            found.append(("max_list_age_hours", "LIST_AGE"))
        return found


@dataclass(frozen=True, slots=True)
class Sources:
    """Where revocation data is fetched: only what officers configured, never what a certificate
    names."""

    crl: tuple[str, ...] = ()
    ocsp: str | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        ocsp = data.get("ocsp")
        return cls(tuple(str(url) for url in data.get("crl", ())), str(ocsp) if ocsp else None)

    def to_json(self) -> dict[str, Any]:
        return {"crl": list(self.crl), "ocsp": self.ocsp}

    def problems(self) -> list[tuple[str, str]]:
        """(field, code) of everything that is wrong."""
        found = [("crl", code) for url in self.crl if (code := source_problem(url))]
        if len(self.crl) > CRL_SOURCES_LIMIT or len(set(self.crl)) != len(self.crl):
            found.append(("crl", "SOURCE_TOO_MANY"))
        if self.ocsp is not None and (code := source_problem(self.ocsp)):
            found.append(("ocsp", code))
        return found


@dataclass(frozen=True, slots=True)
class Entry:
    """One certificate of the trust store."""

    facts: CertificateFacts
    kind: EntryKind
    label: str
    policy: Policy
    sources: Sources
    origin: Origin
    added_at: datetime | None = None
    file: str = ""
    """Name of the operators' file that holds it."""

    @property
    def fingerprint(self) -> str:
        return self.facts.fingerprint

    def settings(self) -> dict[str, Any]:
        """What a change may change, as it stands in proposals and in the table."""
        return {
            "label": self.label,
            "policy": self.policy.to_json(),
            "sources": self.sources.to_json(),
        }


def source_problem(url: str) -> str | None:
    """Why an address cannot be a source of revocation data; None if it can."""
    if len(url) > URL_LIMIT:
        return "SOURCE_TOO_LONG"
    if not _URL_TEXT.fullmatch(url):
        return "SOURCE_MALFORMED"
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "SOURCE_MALFORMED"
    if parts.scheme not in ("http", "https"):
        return "SOURCE_SCHEME"
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        return "SOURCE_CREDENTIALS"
    if "#" in url:
        return "SOURCE_FRAGMENT"
    return None if host else "SOURCE_MALFORMED"


def unfit(facts: CertificateFacts, now: datetime, *, allow_demo: bool) -> str | None:
    """Why this certificate cannot stand in the trust store; None if it can."""
    if not facts.authority or (facts.usages and "key_cert_sign" not in facts.usages):
        return "ANCHOR_NOT_CA"
    if facts.key_kind is None:
        return "ANCHOR_KEY_REFUSED"
    if now >= facts.not_after:
        return "ANCHOR_EXPIRED"
    if facts.demo and not allow_demo:
        return "ANCHOR_DEMO"
    return None


def under(anchor: Entry, entries: Sequence[Entry]) -> list[Entry]:
    """The CAs known below an anchor, itself first (by their names; signatures are
    checked when a path is built)."""
    found, names = [anchor], {anchor.facts.subject}
    waiting = [one for one in entries if one.kind is EntryKind.INTERMEDIATE]
    while waiting:
        below = [one for one in waiting if one.facts.issuer in names]
        if not below:
            break
        found += below
        names |= {one.facts.subject for one in below}
        waiting = [one for one in waiting if one not in below]
    return found
