"""The enrolment form 主体登记表: what the asker fills in, and what can be wrong with it."""

import re
from dataclasses import dataclass, replace
from typing import Any

from auction.core.text import visible
from auction.core.workdays import BEIJING
from auction.services.enrolment import identifiers
from auction.services.house import House
from auction.services.people import Enrolment

KINDS = ("company", identifiers.PERSON, "organisation")
NAME_LIMIT = 100
TEXT_LIMIT = 60
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{5,28}[0-9]", re.ASCII)
_ACCOUNT = re.compile(r"[0-9]{8,32}", re.ASCII)


class EnrolmentRefused(Exception):
    """A request that cannot be taken or decided; `status` is the HTTP status that fits."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class FormFlaw:
    """What is wrong at one field. Codes of `id_code` are those of identifiers.Flaw; the others:
    KIND_UNKNOWN, NAME_MISSING, NAME_LONG, CONTACT_MISSING, PHONE_WRONG, ACCOUNT_WRONG,
    BANK_MISSING."""

    at: str
    code: str
    place: int = 0
    character: str = ""
    length: int = 0


def tidied(form: Enrolment) -> Enrolment:
    """The form as it is kept: codes and account numbers without what people put between digits,
    texts without what nobody sees."""
    return replace(
        form,
        name=_line(form.name),
        id_code=identifiers.normalised(form.id_code),
        contact=_line(form.contact),
        phone=form.phone.strip(),
        account_number=identifiers.normalised(form.account_number),
        account_bank=_line(form.account_bank),
    )


def flaws(house: House, form: Enrolment) -> list[FormFlaw]:
    """Everything that is wrong with a tidied form, in the order of its fields."""
    found = []
    if form.kind not in KINDS:
        found.append(FormFlaw("kind", "KIND_UNKNOWN"))
    if not form.name:
        found.append(FormFlaw("name", "NAME_MISSING"))
    elif len(form.name) > NAME_LIMIT:
        found.append(FormFlaw("name", "NAME_LONG", length=NAME_LIMIT))
    today = house.now().astimezone(BEIJING).date()
    wrong = identifiers.flaw(form.kind, form.id_code, today, demo=house.site.demo)
    if wrong is not None:
        found.append(FormFlaw("id_code", wrong.code, wrong.place, wrong.character, wrong.length))
    if not 0 < len(form.contact) <= TEXT_LIMIT:
        found.append(FormFlaw("contact", "CONTACT_MISSING"))
    if not _PHONE.fullmatch(form.phone):
        found.append(FormFlaw("phone", "PHONE_WRONG"))
    if not _ACCOUNT.fullmatch(form.account_number):
        found.append(FormFlaw("account_number", "ACCOUNT_WRONG"))
    if not 0 < len(form.account_bank) <= TEXT_LIMIT:
        found.append(FormFlaw("account_bank", "BANK_MISSING"))
    return found


def _line(text: str) -> str:
    return " ".join(visible(text).split())


def content_of(form: Enrolment) -> dict[str, Any]:
    """The form as it is signed and filed."""
    return {"v": 1, "act": "enrol", "kind": form.kind, **form.as_json()}
