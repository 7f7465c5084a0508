"""RFC 3161 timestamps of signed heads: asked for, and believed only from the pinned authority.

What is stamped is the SHA-256 of a head's note as the log signed it: text, empty line, signature.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerifierBuilder,
    decode_timestamp_response,
)

from auction.services.fetching import fetch

QUERY_TYPE = "application/timestamp-query"
ANSWER_LIMIT = 64 * 1024
SECONDS = 10.0


class TimestampRefused(Exception):
    """The answer is no timestamp of this note by this authority; `detail` says what is wrong."""

    code = "TIMESTAMP_INVALID"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Authority:
    """A timestamp authority as it was pinned: its address, and its very certificate."""

    url: str
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...]
    """Its issuers, the root last."""

    @classmethod
    def from_pem(cls, url: str, chain: Sequence[x509.Certificate]) -> "Authority":
        """From its certificate and those above it, in order; ValueError if one is missing."""
        if len(chain) < 2:
            raise ValueError("give its certificate first, then those above it up to the root")
        return cls(url, chain[0], tuple(chain[1:]))

    @property
    def name(self) -> str:
        """The common name of its certificate, or the whole subject."""
        names = self.certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return str(names[0].value) if names else self.certificate.subject.rfc4514_string()


def request(authority: Authority, note: str) -> tuple[bytes, datetime]:
    """Ask for a timestamp of `note`: the answer as it came (TimeStampResp in DER) and its genTime.

    Raises SourceError, or TimestampRefused for an answer that does not hold.
    """
    built = (
        TimestampRequestBuilder()
        .data(note.encode())
        .hash_algorithm(HashAlgorithm.SHA256)
        .cert_request(cert_request=True)
        .nonce(nonce=True)
        .build()
    )
    answer = fetch(
        authority.url,
        limit=ANSWER_LIMIT,
        seconds=SECONDS,
        body=built.as_bytes(),
        content_type=QUERY_TYPE,
    )
    return answer, verify(authority, note, answer, nonce=built.nonce)


def verify(
    authority: Authority, note: str, response: bytes, *, nonce: int | None = None
) -> datetime:
    """The instant at which `authority` saw `note`; TimestampRefused unless everything holds.

    `nonce` is compared where the request is at hand.
    """
    *intermediates, root = authority.above
    verifier = VerifierBuilder(
        tsa_certificate=authority.certificate,
        intermediates=list(intermediates),
        roots=[root],
        nonce=nonce,
    ).build()
    try:
        stamped = decode_timestamp_response(response)
        verifier.verify_message(stamped, note.encode())
        at = stamped.tst_info.gen_time
    except Exception as error:
        # Damaged bytes fail anywhere in two parsers, each with exceptions of its own.
        raise TimestampRefused(str(error)) from error
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
