"""Every blueprint of the site, one for each audience."""

from auction.web.admin import bp as admin
from auction.web.audit_dossiers import bp as dossiers
from auction.web.audit_exports import bp as audit_exports
from auction.web.audit_findings import bp as audit_findings
from auction.web.audit_search import bp as audit_search
from auction.web.auditor import bp as auditor
from auction.web.auth import bp as auth
from auction.web.awards import bp as awards
from auction.web.bidder import bp as bidder
from auction.web.demo import bp as demo
from auction.web.enrolment import bp as enrolment
from auction.web.finance import bp as finance
from auction.web.hall import bp as hall
from auction.web.office import bp as office
from auction.web.operations import bp as operations
from auction.web.public import bp as public

BLUEPRINTS = (
    public,
    auth,
    enrolment,
    bidder,
    awards,
    office,
    finance,
    auditor,
    audit_search,
    dossiers,
    audit_findings,
    audit_exports,
    admin,
    hall,
    operations,
    demo,
)
