"""The trust store in operation: read from table, files and demonstration, replaced on change.

Every worker asks once a second whether anchors or revocation data changed (`reload_if_changed`),
and then takes a new, immutable store; what was validated before stays what it was.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, func, inspect, select

from auction.pki.chain import Anchor, CertificateError, TrustStore
from auction.pki.inspection import inspect as inspect_certificate
from auction.pki.reasons import PkiReason
from auction.pki.revocation import RevocationData
from auction.services.house import House
from auction.services.people import intermediates_of
from auction.services.revocation.data import in_force
from auction.services.sessions import ending
from auction.services.trust.anchors import Entry, EntryKind, Origin, Policy, Sources
from auction.services.unit import writing
from auction.store.base import db
from auction.store.certificates import RevocationRecord, TrustAnchor
from auction.store.people import Credential, WebSession

UNTRUSTED: Final = "CERT_UNTRUSTED"
"""How sessions end whose certificate is no longer trusted."""
_LEFT_TO_OTHERS: Final = frozenset({PkiReason.CERTIFICATE_REVOKED, PkiReason.CERTIFICATE_EXPIRED})
"""Refusals that have codes and watchers of their own (services.standing, services.revocation)."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a worker's present store was made from; compared, never interpreted."""

    anchors: tuple[Any, ...]
    revocation: tuple[Any, ...]


def entries(house: House) -> list[Entry]:
    """Everything in the trust store: what two officers put into the table, then files and the
    demonstration's. A certificate that stands in the table is there under the table's policy."""
    table = _own_connection(house, table_entries)
    known = {one.fingerprint for one in table}
    return table + [one for one in house.fixed_anchors if one.fingerprint not in known]


def table_entries(conn: Connection) -> list[Entry]:
    """What two officers put into the trust store."""
    columns = TrustAnchor.__table__.c
    query = select(TrustAnchor.__table__).where(columns.removed_at.is_(None))
    return [table_entry(row) for row in conn.execute(query.order_by(columns.added_at))]


def has_table(engine: Engine) -> bool:
    """Whether the database has been set up (`flask init`)."""
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").is_file():
        return False  # looking would make an empty file
    return inspect(engine).has_table(TrustAnchor.__tablename__)


def load(house: House) -> TrustStore:
    """The trust store as it stands in the database now (with its tables)."""
    return build(house, entries(house))


def build(house: House, of: Sequence[Entry]) -> TrustStore:
    """A trust store of these entries, with the revocation data in force."""
    return store_of(
        of,
        allow_demo=house.site.demo,
        revocation=_own_connection(
            house, lambda conn: in_force(conn, of, house.trust.revocation, house.aside)
        ),
    )


def store_of(
    of: Iterable[Entry], *, allow_demo: bool, revocation: RevocationData | None = None
) -> TrustStore:
    """A trust store of these entries. Raises CertificateError (a demo anchor where none may be)."""
    anchors, intermediates = [], []
    for one in of:
        if one.kind is EntryKind.ANCHOR:
            anchors.append(
                Anchor(
                    one.facts.der,
                    policies=frozenset(one.policy.policies),
                    revocation=one.policy.revocation,
                    key_kinds=frozenset(one.policy.key_kinds),
                    max_list_age=one.policy.max_list_age,
                )
            )
        else:
            intermediates.append(one.facts.der)
    return TrustStore(
        anchors, allow_demo=allow_demo, intermediates=intermediates, revocation=revocation
    )


def reload_if_changed(house: House) -> bool:
    """Take a new store if the tables say so, and end what it no longer trusts; whether it did."""
    seen = _own_connection(house, _look)
    before = house.trust_seen
    if seen == before:
        return False
    house.trust = load(house)
    house.trust_seen = seen
    if not isinstance(before, Seen) or before.anchors != seen.anchors:
        end_untrusted(house)
    return True


def policy_of(house: House, fingerprint: str) -> Policy:
    """The policy of the anchor with this SHA-256 (see ValidatedCertificate.anchor)."""
    for one in entries(house):
        if one.fingerprint == fingerprint and one.kind is EntryKind.ANCHOR:
            return one.policy
    raise LookupError(fingerprint)


def end_untrusted(house: House) -> int:
    """End the sessions whose certificate the present store does not accept; how many.

    Each worker does so after its own change of store: a sign-in that the old store still accepted
    in this worker happened before. Validation is done outside of the transaction that writes.
    """
    gone = untrusted(house, house.trust)
    if not gone:
        return 0
    with writing() as session:
        return ending.end_of(session, house.now(), UNTRUSTED, gone)


def untrusted(house: House, store: TrustStore) -> list[str]:
    """Ids of the signed-in credentials that this store does not accept now."""
    signed_in = select(WebSession.credential_id).where(WebSession.ended_at.is_(None))
    query = select(Credential).where(Credential.id.in_(signed_in))
    return [one.id for one in db.session.scalars(query) if not accepts(house, store, one)]


def accepts(house: House, store: TrustStore, credential: Credential) -> bool:
    """Whether a store accepts an enrolled certificate; revoked and expired ones are not its
    affair here."""
    try:
        store.validate(credential.certificate, intermediates_of(credential), house.now(), "login")
    except CertificateError as error:
        return error.code in _LEFT_TO_OTHERS
    return True


def _look(conn: Connection) -> Seen:
    columns = TrustAnchor.__table__.c
    rows = conn.execute(
        select(columns.fingerprint, columns.kind, columns.policy, columns.sources)
        .where(columns.removed_at.is_(None))
        .order_by(columns.fingerprint)
    )
    records = conn.execute(
        select(func.count(), func.max(RevocationRecord.loaded_at)).where(RevocationRecord.in_force)
    ).one()
    return Seen(tuple(map(tuple, rows)), tuple(records))


def _own_connection(house: House, read: Callable[[Connection], T]) -> T:
    # Not the request's session: what it saw may be older than what has been committed since.
    with house.engine.connect() as conn:
        return read(conn)


def fixed_entry(der: bytes, kind: EntryKind, origin: Origin, file: str = "") -> Entry:
    """An entry that no officer can change: default policy, no sources, called by its own name.

    Raises CertificateError(CERTIFICATE_MALFORMED).
    """
    facts = inspect_certificate(der)
    return Entry(facts, kind, facts.name, Policy(), Sources(), origin, file=file)


def table_entry(row: Any) -> Entry:
    """A row of the table as an entry."""
    return Entry(
        facts=inspect_certificate(row.certificate),
        kind=EntryKind(row.kind),
        label=row.label,
        policy=Policy.from_json(row.policy),
        sources=Sources.from_json(row.sources),
        origin=Origin.TABLE,
        added_at=row.added_at,
    )
