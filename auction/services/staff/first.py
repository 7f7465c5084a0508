"""The first two security officers: appointed together, by whoever runs the server.

This is the one change of staff without two officers, because there are none yet. Whoever has the
server's shell and its database could do the same by hand; here it is recorded.
"""

from auction.core.reasons import Refusal
from auction.services import logbook
from auction.services.enrolment.requests import same_holder
from auction.services.house import House
from auction.services.people import new_credential
from auction.services.proposals import OPERATOR
from auction.services.randomness import identifier
from auction.services.staff.officers import Newcomer, checked_certificate, problems
from auction.services.staff.security import NEEDED, able
from auction.services.unit import writing
from auction.store.people import Officer, Role


def appoint(house: House, newcomers: tuple[Newcomer, Newcomer]) -> list[str]:
    """Two security officers at once, by an operator; their ids.

    Only while no two security officers can sign in: in an empty installation, or when the
    certificates of those there were have all run out. Recorded in the register log as the
    operator's act. Raises Refusal: STAFFED, SAME_OFFICER, NAME_MISSING, CERTIFICATE_BOUND;
    CertificateError.
    """
    if len(able(house, house.trust)) >= NEEDED:
        raise Refusal("STAFFED")
    roles = [str(Role.SECURITY)]
    if any(problems(one.name, roles) for one in newcomers):
        raise Refusal("NAME_MISSING")
    found = [checked_certificate(house, one.certificate, one.intermediates) for one in newcomers]
    one, two = newcomers
    alike = one.name == two.name or same_holder(one.certificate, two.certificate)
    if alike or found[0].identity == found[1].identity or found[0].spki == found[1].spki:
        raise Refusal("SAME_OFFICER")
    made = []
    with writing() as session:
        for newcomer, certificate in zip(newcomers, found, strict=True):
            officer = Officer(
                id=identifier(house.random), name=newcomer.name, roles=roles, active=True
            )
            session.add(officer)
            session.add(new_credential(house, certificate, officer_id=officer.id, by=OPERATOR))
            made.append(officer.id)
        data = {
            "officer": OPERATOR,
            "officers": made,
            "names": [one.name for one in newcomers],
            "roles": roles,
            "certificates_sha256": [one.fingerprint for one in found],
        }
        logbook.register(house, session, "officers_appointed", data)
    return made
