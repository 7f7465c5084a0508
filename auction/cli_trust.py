"""Commands about the trust store and staff: look, propose, and appoint the first two officers.

A shell on the server is not an officer. What is proposed here is an operator's draft: a security
officer makes it his own on his page, another one decides it. Nothing is decided here.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import click
from flask.cli import AppGroup

from auction.core.reasons import Refusal
from auction.pki.chain import CertificateError, RevocationMode
from auction.pki.inspection import read_certificates
from auction.presenting.admin.common import problem, refused
from auction.services import dual, proposals
from auction.services.house import House, current_house
from auction.services.proposals import OPERATOR
from auction.services.revocation import refreshing
from auction.services.staff import officers
from auction.services.staff.first import appoint
from auction.services.trust import changes, store
from auction.services.trust.anchors import KEY_KINDS, Entry, EntryKind, Sources
from auction.services.trust.changes import Settings
from auction.store.certificates import DualChange

REFUSED, UNUSABLE = 1, 2
_FILE = click.Path(path_type=Path, dir_okay=False)
_REASON = click.option("--reason", required=True, help="4 to 200 characters; stands in the log")

trust_group = AppGroup("trust", help="The trust store: look, propose, load revocation data.")
staff_group = AppGroup("staff", help="Officers: look, propose, appoint the first two.")
COMMANDS = (trust_group, staff_group)


@trust_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="for machines")
def list_trust(as_json: bool) -> None:
    """Every certificate in the trust store, and every change that waits."""
    house = current_house()
    entries = store.entries(house)
    if as_json:
        click.echo(json.dumps([_as_data(one) for one in entries], ensure_ascii=False, indent=1))
        return
    for one in entries:
        facts = one.facts
        click.echo(
            f"{one.fingerprint}  {one.kind:12} {one.origin:5}  {facts.key_kind or '-':8}  "
            f"until {facts.not_after:%Y-%m-%d}  {one.label}"
        )
    _print_waiting(house)


@trust_group.command()
@click.argument("fingerprint")
def show(fingerprint: str) -> None:
    """One certificate of the trust store with its policy and sources, as JSON."""
    click.echo(json.dumps(_as_data(_entry(fingerprint)), ensure_ascii=False, indent=1))


def _conditions(command: Callable[..., None]) -> Callable[..., None]:
    """The options of an anchor's policy; what is not given stays as it is."""
    for option in (
        click.option("--label", help="what to call it"),
        click.option("--policy", "policies", multiple=True, help="OID a certificate must carry"),
        click.option("--hard/--soft", default=None, help="refuse an unknown status, or not"),
        click.option("--key-kind", "kinds", multiple=True, type=click.Choice(KEY_KINDS)),
        click.option("--crl", multiple=True, help="address of a revocation list"),
        click.option("--ocsp", help="address of an OCSP responder"),
        click.option("--max-list-age", type=int, help="hours"),
        click.option("--auto-enrol/--no-auto-enrol", default=None),
    ):
        command = option(command)
    return command


@trust_group.command("propose-add")
@click.argument("file", type=_FILE)
@click.option("--intermediate", is_flag=True, help="helps to build paths, is not trusted")
@_conditions
@_REASON
def propose_add(file: Path, intermediate: bool, reason: str, **given: Any) -> None:
    """Draft: trust the certificate in FILE (PEM or DER)."""
    house = current_house()
    with _refusals():
        der = _one_certificate(file)
        facts = changes.look_at(house, der)
        settings = _settings(Settings(facts.name), given)
        kind = EntryKind.INTERMEDIATE if intermediate else EntryKind.ANCHOR
        _drafted(changes.propose_add(house, OPERATOR, der, kind, settings, reason))


@trust_group.command("propose-change")
@click.argument("fingerprint")
@_conditions
@_REASON
def propose_change(fingerprint: str, reason: str, **given: Any) -> None:
    """Draft: other conditions for the certificate with this FINGERPRINT (or its beginning)."""
    entry = _entry(fingerprint)
    settings = _settings(Settings(entry.label, entry.policy, entry.sources), given)
    with _refusals():
        change = changes.propose_change(
            current_house(), OPERATOR, entry.fingerprint, settings, reason
        )
        _drafted(change)


@trust_group.command("propose-remove")
@click.argument("fingerprint")
@_REASON
def propose_remove(fingerprint: str, reason: str) -> None:
    """Draft: do not trust the certificate with this FINGERPRINT any more."""
    entry = _entry(fingerprint)
    with _refusals():
        _drafted(changes.propose_remove(current_house(), OPERATOR, entry.fingerprint, reason))


@trust_group.command()
@click.argument("change")
def withdraw(change: str) -> None:
    """Take back an operator's draft, of the trust store or of staff."""
    found = proposals.find(change)
    if found is None or found.proposed_by != OPERATOR:
        _unusable("there is no draft of an operator with this number")
    with _refusals():
        dual.decide(current_house(), OPERATOR, change, approve=False)
    click.echo("withdrawn")


@trust_group.command()
def refresh() -> None:
    """Ask every configured source of revocation data now: before a start after a long stop."""
    failed = False
    for source, fault in refreshing.refresh(current_house(), everything=True):
        click.echo(f"{fault or 'ok':24} {source.url}  ({source.anchor.label})")
        failed = failed or fault is not None
    if failed:
        sys.exit(REFUSED)


@staff_group.command("list")
def list_staff() -> None:
    """Every officer with duties and state, and every change that waits."""
    house = current_house()
    for one in officers.everybody():
        usable = sum(officers.usable(credential, house.now()) for credential in one.credentials)
        state = "active" if one.active else "inactive"
        click.echo(f"{one.id:16}  {state:8}  {usable} usable  {','.join(one.roles)}  {one.name}")
    _print_waiting(house)


@staff_group.command()
@click.argument("name")
@click.option("--second", required=True, help="name of the other one")
@click.option(
    "--cert", "files", type=_FILE, multiple=True, required=True, help="twice, in the same order"
)
def first(name: str, second: str, files: Sequence[Path]) -> None:
    """Appoint two security officers, NAME and the one of --second, while no two can sign in.

    Each --cert is the public certificate (PEM or DER, its issuers may follow) of one of them.
    """
    if len(files) != 2:
        _unusable("give --cert twice: the certificate of each, in the order of the names")
    with _refusals():
        one, other = (
            officers.Newcomer(called, *_with_issuers(file))
            for called, file in zip((name, second), files, strict=True)
        )
        for officer in appoint(current_house(), (one, other)):
            click.echo(officer)


@staff_group.command("propose-add")
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(officers.ROLES))
@click.option("--cert", "file", type=_FILE, required=True)
@_REASON
def propose_officer(name: str, roles: Sequence[str], file: Path, reason: str) -> None:
    """Draft: a new officer NAME with these duties and this certificate."""
    _require_sound(officers.problems(name, roles))
    with _refusals():
        newcomer = officers.Newcomer(name, *_with_issuers(file))
        _drafted(officers.propose_add(current_house(), OPERATOR, newcomer, roles, reason))


@staff_group.command("propose-change")
@click.argument("officer")
@click.option("--name")
@click.option("--role", "roles", multiple=True, type=click.Choice(officers.ROLES))
@click.option("--active/--inactive", default=None)
@_REASON
def propose_officer_change(
    officer: str, name: str | None, roles: Sequence[str], active: bool | None, reason: str
) -> None:
    """Draft: another name, other duties or another state for OFFICER."""
    found = officers.find(officer)
    if found is None:
        _unusable(f"there is no officer {officer}")
    after = {
        "name": name or found.name,
        "roles": list(roles or found.roles),
        "active": found.active if active is None else active,
    }
    _require_sound(officers.problems(after["name"], after["roles"]))
    with _refusals():
        _drafted(officers.propose_change(current_house(), OPERATOR, officer, after, reason))


def _settings(base: Settings, given: dict[str, Any]) -> Settings:
    """`base` with what was given on the command line; ends the command where that is wrong."""
    policy, sources = base.policy, base.sources
    if given["policies"]:
        policy = replace(policy, policies=given["policies"])
    if given["kinds"]:
        policy = replace(policy, key_kinds=tuple(k for k in KEY_KINDS if k in given["kinds"]))
    if given["hard"] is not None:
        mode = RevocationMode.HARD if given["hard"] else RevocationMode.SOFT
        policy = replace(policy, revocation=mode)
    if given["max_list_age"] is not None:
        policy = replace(policy, max_list_age_hours=given["max_list_age"])
    if given["auto_enrol"] is not None:
        policy = replace(policy, auto_enrol=given["auto_enrol"])
    if given["crl"]:
        sources = Sources(tuple(given["crl"]), sources.ocsp)
    if given["ocsp"] is not None:
        sources = Sources(sources.crl, given["ocsp"])
    settings = Settings(given["label"] or base.label, policy, sources)
    _require_sound(settings.problems())
    return settings


def _require_sound(problems: list[tuple[str, str]]) -> None:
    if problems:
        _unusable("\n".join(f"{field}: {code} {problem(code)}" for field, code in problems))


def _entry(fingerprint: str) -> Entry:
    wanted = fingerprint.lower().replace(":", "").replace(" ", "")
    found = [one for one in store.entries(current_house()) if one.fingerprint.startswith(wanted)]
    if len(found) != 1 or len(wanted) < 8:
        _unusable(
            "no single certificate has this fingerprint (at least 8 digits); see `trust list`"
        )
    return found[0]


def _one_certificate(file: Path) -> bytes:
    found = read_certificates(_bytes(file))
    if len(found) != 1:
        raise Refusal("ONE_CERTIFICATE")
    return found[0]


def _with_issuers(file: Path) -> tuple[bytes, list[bytes]]:
    found = read_certificates(_bytes(file))
    if not found:
        raise Refusal("FILE_MISSING")
    return found[0], found[1:]


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        _unusable(f"{file}: {error.strerror}")


def _as_data(entry: Entry) -> dict[str, Any]:
    facts = entry.facts
    return {
        "fingerprint": entry.fingerprint,
        "kind": str(entry.kind),
        "origin": str(entry.origin),
        "subject": facts.subject,
        "issuer": facts.issuer,
        "serial": facts.serial,
        "not_before": facts.not_before.isoformat(),
        "not_after": facts.not_after.isoformat(),
        "key": facts.key_kind,
        **entry.settings(),
    }


def _print_waiting(house: House) -> None:
    for change in proposals.waiting(house.now()):
        click.echo(
            f"waits: {change.id}  {change.subject} {change.act} {change.target[:16]}  "
            f"by {change.proposed_by}: {change.content['reason']}"
        )


def _drafted(change: DualChange) -> None:
    click.echo(
        f"{change.id}: drafted. A security officer adopts it at /admin/changes/{change.id}, "
        "another one decides it."
    )


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (Refusal, CertificateError) as error:
        said = refused(str(error.code))
        click.echo(f"{error.code}: {said.title}{said.body}", err=True)
        sys.exit(REFUSED)


def _unusable(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(UNUSABLE)
