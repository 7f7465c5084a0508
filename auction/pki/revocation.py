"""What is known of revocation: the verified lists and OCSP answers in force.

A certificate that any of them names as revoked is revoked, also when that list is stale by now.
Silence means "good" only where a fresh list speaks of all such certificates of this very authority
(name and key), or a fresh answer is about this very certificate.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from cryptography import x509

from auction.pki.crl import (
    RevocationError,
    RevocationList,
    Scope,
    Status,
    issuer_key,
    verify_list,
)
from auction.pki.ocsp import OcspAnswer
from auction.pki.reasons import PkiReason

__all__ = [
    "Finding",
    "RevocationData",
    "RevocationError",
    "RevocationList",
    "Scope",
    "Status",
    "issuer_key",
    "verify_list",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one certificate, and from which record."""

    status: Status
    evidence: str | None = None
    """SHA-256 hex of the list or answer that says so; None when nothing does."""
    revoked_at: datetime | None = None
    source: str = ""
    """The record in words for an operator: its kind, number and date."""


class RevocationData:
    """The newest verified list of each authority and scope, the newest answer per certificate.

    Never changed in place: `with_list` and `with_answer` give new data that shares the records, so
    whoever holds one sees the same all through a validation.
    """

    def __init__(
        self, lists: Iterable[RevocationList] = (), answers: Iterable[OcspAnswer] = ()
    ) -> None:
        """`lists` and `answers` in any order; of two for the same thing the newer one counts."""
        self._lists: dict[str, dict[Scope, RevocationList]] = {}
        self._answers: dict[tuple[str, int], OcspAnswer] = {}
        for one in sorted(lists, key=_age):
            self._lists.setdefault(one.issuer, {})[one.scope] = one
        for answer in sorted(answers, key=lambda answer: answer.this_update):
            self._answers[answer.issuer, answer.serial] = answer

    @property
    def lists(self) -> tuple[RevocationList, ...]:
        """Every list in force."""
        return tuple(one for scoped in self._lists.values() for one in scoped.values())

    @property
    def answers(self) -> tuple[OcspAnswer, ...]:
        """Every OCSP answer in force."""
        return tuple(self._answers.values())

    def with_list(self, new: RevocationList) -> Self:
        """This data and a list. Raises RevocationError(CRL_ROLLBACK) for one older than its own."""
        current = self._lists.get(new.issuer, {}).get(new.scope)
        if current is not None and _age(new) < _age(current):
            raise RevocationError(PkiReason.CRL_ROLLBACK)
        kept = (one for one in self.lists if one is not current)
        return type(self)((*kept, new), self.answers)

    def with_answer(self, new: OcspAnswer) -> Self:
        """This data and an answer. Raises RevocationError(OCSP_ROLLBACK) for an older one."""
        current = self._answers.get((new.issuer, new.serial))
        if current is not None and new.this_update < current.this_update:
            raise RevocationError(PkiReason.OCSP_ROLLBACK)
        kept = (one for one in self.answers if one is not current)
        return type(self)(self.lists, (*kept, new))

    def finding(
        self,
        certificate: x509.Certificate,
        issuer: x509.Certificate,
        *,
        at: datetime,
        max_age: timedelta | None = None,
    ) -> Finding:
        """What is known at `at` of a certificate that `issuer` has issued.

        `max_age`: a record made longer ago counts as stale even before its next update. Raises
        ValueError for an issuer whose key policy refuses.
        """
        authority, serial = issuer_key(issuer), certificate.serial_number
        lists = self._lists.get(authority, {}).values()
        answer = self._answers.get((authority, serial))
        for one in lists:
            if serial in one.revoked:
                return Finding(Status.REVOKED, one.sha256, one.revoked[serial], _words(one))
        if answer is not None and answer.status is Status.REVOKED:
            return Finding(Status.REVOKED, answer.sha256, answer.revoked_at, _words(answer))

        oldest = None if max_age is None else at - max_age
        if (
            answer is not None
            and answer.status is Status.GOOD
            and _is_fresh(answer.this_update, answer.usable_until, at, oldest)
            and not any(answer.responder in one.revoked for one in lists)
        ):
            return Finding(Status.GOOD, answer.sha256, source=_words(answer))
        for one in sorted(lists, key=_age, reverse=True):
            fresh = _is_fresh(one.this_update, one.next_update, at, oldest)
            if fresh and one.scope.covers(certificate):
                return Finding(Status.GOOD, one.sha256, source=_words(one))
        return Finding(Status.UNKNOWN)


def _age(one: RevocationList) -> tuple[int, datetime]:
    return one.number, one.this_update


def _is_fresh(made: datetime, until: datetime, at: datetime, oldest: datetime | None) -> bool:
    return at < until and (oldest is None or made >= oldest)


def _words(record: RevocationList | OcspAnswer) -> str:
    made = f"{record.this_update:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(record, RevocationList):
        return f"list {record.number} of {made}"
    return f"OCSP answer of {made}"
