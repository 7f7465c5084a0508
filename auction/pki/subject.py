"""The names in a certificate: whom the authority says it has issued it to.

For people to compare and for the enrolment's policy; nobody is ever identified by them.
"""

import re
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from auction.core.text import folded
from auction.pki.organisation import organisation_code

# Made-up codes of demo certificates; the letter O keeps them apart from every real one.
_DEMO_CODE: Final = re.compile(r"[0-9]{8}DEMO[0-9A-Z]{6}")


@dataclass(frozen=True, slots=True)
class SubjectNames:
    """Subject and issuer of a certificate; texts are empty where it does not name them."""

    subject: bytes
    """DER of the whole name, to compare."""
    issuer: bytes
    common: str
    organisation: str
    code: str | None
    """The unified social credit code, or None."""
    vouched_code: str | None
    """The same, where the authority gives it as an identifier."""
    issuer_name: str
    """What to call the authority."""

    @property
    def holder(self) -> str:
        """What to call the holder: the organisation where there is one."""
        return self.organisation or self.common

    def names(self, text: str) -> bool:
        """Whether the certificate is issued to this name; width and white space do not count."""
        return folded(text) in {folded(self.common), folded(self.organisation)}

    def vouches_for(self, name: str, code: str) -> bool:
        """Whether the authority identifies its holder by this code and names it so; of somebody in
        an organisation the name is the organisation's."""
        return self.vouched_code == code and folded(name) == folded(self.holder)


def subject_names(der: bytes) -> SubjectNames:
    """The names in a certificate (DER) that has been validated before."""
    certificate = x509.load_der_x509_certificate(der)
    subject = certificate.subject
    return SubjectNames(
        subject=subject.public_bytes(),
        issuer=certificate.issuer.public_bytes(),
        common=_first(subject, NameOID.COMMON_NAME),
        organisation=_first(subject, NameOID.ORGANIZATION_NAME),
        code=organisation_code(subject) or _demo_code(subject),
        vouched_code=organisation_code(subject, vouched=True) or _demo_code(subject),
        issuer_name=_first(certificate.issuer, NameOID.COMMON_NAME)
        or _first(certificate.issuer, NameOID.ORGANIZATION_NAME)
        or certificate.issuer.rfc4514_string(),
    )


def _demo_code(subject: x509.Name) -> str | None:
    text = _first(subject, NameOID.ORGANIZATION_IDENTIFIER)
    return text if _DEMO_CODE.fullmatch(text) else None


def _first(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    for attribute in name.get_attributes_for_oid(oid):
        if isinstance(attribute.value, str):
            return attribute.value
    return ""
