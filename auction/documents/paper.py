"""What every official paper is made of; the templates know only these shapes."""

import hashlib
import json
from dataclasses import dataclass, fields, replace
from enum import StrEnum


class Edition(StrEnum):
    """Whether the paper belongs to a sale or to an exercise; the values are the lots' kinds."""

    REAL = "real"
    REHEARSAL = "rehearsal"
    PRACTICE = "practice"

    @property
    def is_exercise(self) -> bool:
        """Whether a paper must be marked 演练 so that nobody takes it for a real one."""
        return self is not Edition.REAL


class Mark(StrEnum):
    """Where a value comes from that the notice's text does not state."""

    NONE = ""
    ASSUMED = "assumed"
    """演练假定: chosen for an exercise."""
    DOCUMENTS = "documents"
    """出让文件载明: stated in the listing documents."""
    PROFILE = "profile"
    """规则方案载明: stated in the published rule profile."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a paper's table."""

    label: str
    value: str
    mark: Mark = Mark.NONE


@dataclass(frozen=True, slots=True)
class Signature:
    """A place for a signature or seal; empty texts are printed as blanks to fill in.

    `certificate` is the SHA-256 (hex) of the certificate that signed, `signed_at` Beijing time.
    """

    party: str
    name: str
    signed_at: str = ""
    certificate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One official paper, ready to print: all text is final Chinese text.

    `content_sha256` is the digest (hex) that signatures are given over, where there are any.
    """

    edition: Edition
    title: str
    number: str
    addressee: str = ""
    opening: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    points_title: str = ""
    points: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    issuer: str = ""
    issued: str = ""
    signatures: tuple[Signature, ...] = ()
    notes: tuple[str, ...] = ()
    content_sha256: str = ""
    check_code: str = ""


_NOT_SIGNED = {"signatures", "content_sha256", "check_code"}


def content_bytes(paper: Paper) -> bytes:
    """All that a reader of the paper reads, as RFC 8785 JSON: what signatures are given over.

    Signatures and the digest itself are left out, so that the content stays the same while
    people sign one after the other. (Strings and lists only: sorted keys suffice for RFC 8785.)
    """
    content: dict[str, object] = {
        field.name: getattr(paper, field.name)
        for field in fields(paper)
        if field.name not in _NOT_SIGNED
    }
    content["rows"] = [[row.label, row.value, row.mark] for row in paper.rows]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def with_digest(paper: Paper) -> Paper:
    """The paper with the SHA-256 of its content."""
    return replace(paper, content_sha256=hashlib.sha256(content_bytes(paper)).hexdigest())
