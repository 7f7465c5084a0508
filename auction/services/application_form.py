"""The application form 竞买申请书: what the applicant fills in, and what a signer is shown."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auction.bank.matching import ONE_SECOND
from auction.core.instants import to_us
from auction.core.state import ENDED, Stage
from auction.documents.listing_papers import ALONE_BP
from auction.ledger import canonical
from auction.services import listing_documents, people
from auction.services.house import House
from auction.services.lots import is_practice, terms_now
from auction.services.people import Actor
from auction.store.sales import Lot

_PHONE = re.compile(r"[0-9+ ()-]{5,30}", re.ASCII)
_TEXT_LIMIT = 60
_PARTNERS_LIMIT = 9


class ApplicationRefused(Exception):
    """An application, consent or receipt that cannot be taken.

    `status` is the HTTP status that fits; `at` the form field at fault, if one is.
    """

    def __init__(self, code: str, status: int, *, at: str = "", **facts: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.at = at
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner of a joint application, by its enrolled name, and its share in basis points."""

    name: str
    share_bp: int


@dataclass(frozen=True, slots=True)
class ApplicationForm:
    """What the applicant fills in; everything else of the form is known. Shares: basis points."""

    contact: str
    phone: str
    share_bp: int = ALONE_BP
    partners: tuple[Partner, ...] = ()


@dataclass(frozen=True, slots=True)
class ToSign:
    """What an application puts before the signer: the form, and the fields of each statement
    (without nonce, iat and cert, which the signer adds)."""

    form: bytes
    """The filed application form as canonical JSON; its SHA-256 is signed."""
    content: dict[str, Any]
    receipt: dict[str, str]
    application: dict[str, str]


def usual_form(house: House, actor: Actor) -> ApplicationForm:
    """A single application with the contact on file."""
    details = people.party_details(house, party_of(actor))
    return ApplicationForm(details["contact"], details["phone"])


def to_sign(house: House, lot: Lot, actor: Actor, form: ApplicationForm) -> ToSign:
    """The application as it will be filed. Raises ApplicationRefused if the form is not sound.

    Codes: CONTACT_MISSING, PHONE_WRONG, JOINT_NOT_ALLOWED, SINGLE_NOT_ALLOWED, PARTNERS_TOO_MANY,
    PARTNER_UNKNOWN, PARTNER_TWICE, SHARE_WRONG, SHARES_NOT_WHOLE.
    """
    notice, facts = listing_documents.facts_of(lot)
    details = people.party_details(house, party_of(actor))
    _check_form(form, details["name"])
    if form.partners and not notice.eligibility.joint_allowed:
        raise ApplicationRefused("JOINT_NOT_ALLOWED", 422, at="kind")
    if not form.partners and not notice.eligibility.single_allowed:
        raise ApplicationRefused("SINGLE_NOT_ALLOWED", 422, at="kind")
    members = [(details, form.share_bp)]
    for place, partner in enumerate(form.partners):
        party_id = people.party_named(house, partner.name)
        if party_id is None:
            raise ApplicationRefused("PARTNER_UNKNOWN", 422, at=f"partners-{place}-name")
        members.append((people.party_details(house, party_id), partner.share_bp))
    documents = listing_documents.hash_list(lot)
    content: dict[str, Any] = {
        "v": 1,
        "practice": is_practice(lot),
        "notice": notice.number,
        "lot": lot.slug,
        "code": lot.code,
        "rules": lot.rules,
        "documents": documents.split(","),
        "deposit_fen": facts.deposit_fen,
        "parties": [
            {"name": member["name"], "id_code": member["id_code"], "share_bp": share}
            for member, share in members
        ],
        "contact": form.contact.strip(),
        "phone": form.phone.strip(),
    }
    text = canonical.encode(content)
    base = {"aud": house.site.origin, "lot": lot.slug}
    return ToSign(
        form=text,
        content=content,
        receipt={**base, "documents": documents},
        application={
            **base,
            "form": hashlib.sha256(text).hexdigest(),
            "documents": documents,
            "rules": lot.rules,
        },
    )


def _check_form(form: ApplicationForm, own_name: str) -> None:
    if not 0 < len(form.contact.strip()) <= _TEXT_LIMIT:
        raise ApplicationRefused("CONTACT_MISSING", 422, at="contact")
    if not _PHONE.fullmatch(form.phone.strip()):
        raise ApplicationRefused("PHONE_WRONG", 422, at="phone")
    if len(form.partners) > _PARTNERS_LIMIT:
        raise ApplicationRefused("PARTNERS_TOO_MANY", 422, at="partners", limit=_PARTNERS_LIMIT)
    names = [own_name, *(partner.name for partner in form.partners)]
    shares = [form.share_bp, *(partner.share_bp for partner in form.partners)]
    for place, name in enumerate(names[1:]):
        if name.strip() in (n.strip() for n in names[: place + 1]):
            raise ApplicationRefused("PARTNER_TWICE", 422, at=f"partners-{place}-name")
    if any(not 0 < share <= ALONE_BP for share in shares):
        raise ApplicationRefused("SHARE_WRONG", 422, at="share")
    if sum(shares) != ALONE_BP:
        raise ApplicationRefused("SHARES_NOT_WHOLE", 422, at="share", sum_bp=sum(shares))


def check_open(lot: Lot, now: datetime) -> None:
    """Whether an application may be filed now. Raises ApplicationRefused.

    Codes: APPLY_TOO_EARLY, APPLY_TOO_LATE, DEPOSIT_CLOSED (still in the window, but a deposit
    could not arrive in time any more), APPLY_SUSPENDED, LOT_CLOSED.
    """
    if Stage(lot.stage) in ENDED | {Stage.TERMINATED, Stage.RESULT_HELD}:
        raise ApplicationRefused("LOT_CLOSED", 409)
    terms = terms_now(lot)
    if terms.suspend_freezes_apply and lot.suspended_since is not None:
        raise ApplicationRefused("APPLY_SUSPENDED", 409)
    if now < terms.apply_from:
        raise ApplicationRefused("APPLY_TOO_EARLY", 409, at_us=to_us(terms.apply_from))
    if now >= terms.apply_until:
        raise ApplicationRefused("APPLY_TOO_LATE", 409, at_us=to_us(terms.apply_until))
    if now >= terms.deposit_until + ONE_SECOND:
        raise ApplicationRefused("DEPOSIT_CLOSED", 409, at_us=to_us(terms.deposit_until))


def committed_text(parties: list[dict[str, Any]]) -> str:
    """What a seat's commitment is made over: a line `id_code name` for each party, lead first."""
    return "\n".join(f"{party['id_code']} {party['name']}" for party in parties)


def party_of(actor: Actor) -> str:
    """The actor's party; ApplicationRefused(NOT_A_BIDDER) for an officer."""
    if actor.party_id is None:
        raise ApplicationRefused("NOT_A_BIDDER", 403)
    return actor.party_id
