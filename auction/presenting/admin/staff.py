"""Officers in words: their duties, and what a proposal would make of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from auction.presenting import sign_in
from auction.presenting.admin.common import Difference, difference
from auction.store.people import Role


def officer_differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> list[Difference]:
    """An officer now, if he is one, and as proposed."""
    old = _officer_words(before) if before is not None else {}
    return [
        difference(label, old.get(label), value) for label, value in _officer_words(after).items()
    ]


def _officer_words(settings: Mapping[str, Any]) -> dict[str, str]:
    return {
        _("姓名"): settings["name"],
        _("职责"): role_words(settings["roles"]),
        _("状态"): _("在岗") if settings.get("active", True) else _("停用"),
    }


@dataclass(frozen=True, slots=True)
class _Roles:
    roles: tuple[str, ...]


def role_words(roles: Sequence[str]) -> str:
    """Several duties."""
    return sign_in.roles(_Roles(tuple(roles)))


def role_choices() -> list[tuple[str, str]]:
    """Every duty with its word."""
    return [(str(role), role_words((str(role),))) for role in Role]
