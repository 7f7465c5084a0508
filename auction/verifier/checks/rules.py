"""10 published rules · 11 replayed verdicts · 12 close time · 13 declared winner."""

from hashlib import sha256

from auction.verifier import canonical
from auction.verifier.bundle import MEMBER_LIMIT
from auction.verifier.context import Context
from auction.verifier.faults import Finding, Malformed
from auction.verifier.report import Result
from auction.verifier.rules import terms

RULES, VERDICTS, TIMES, WINNER = 10, 11, 12, 13
_PARTS = 4
"""What check 10 compares: the profile, the terms, their hash in trust.json, the notice."""


def published_rules(context: Context) -> Result:
    """The terms in the first record are those whose hash was published, and sound."""
    opening = context.opening
    if opening is None:
        return Result.of(RULES, 1, [Finding(RULES, "NOT_OPENED", 1, "the log opens no lot")])
    found = [f for f in context.replayed.findings if f.check == RULES]
    found += [Finding(RULES, "TERMS", None, detail) for detail in _differences(context)]
    trusted = None if context.lot is None else context.lot.terms
    if trusted is not None and trusted != opening["rules"]:
        detail = "the log's terms have another hash than trust.json says"
        found.append(Finding(RULES, "TERMS", 1, detail))
    if not found and trusted is None:
        return Result.not_made(RULES, "NO_TERMS")
    return Result.of(RULES, _PARTS, found)


def _differences(context: Context) -> list[str]:
    """Where the published terms that lie in the bundle are not those of the log."""
    opening, members = context.opening, context.bundle.members
    assert opening is not None
    data = members.get("rules/terms.json")
    if data is None:
        return ["rules/terms.json is missing"]
    if sha256(data).hexdigest() != opening["rules"]:
        return ["rules/terms.json does not have the hash that the log states"]
    try:
        published = canonical.read(data, MEMBER_LIMIT)
        if terms.complete(published["profile"]) != terms.complete(opening["profile"]):
            return ["the profile in the log is not the published one"]
    except (Malformed, KeyError, TypeError, AttributeError) as error:
        return [f"rules/terms.json: {error}"]
    found = []
    if published.get("lot") != opening["code"]:
        found.append("rules/terms.json is of another lot")
    notice = members.get("rules/notice.json")
    if notice is not None and sha256(notice).hexdigest() != published.get("notice"):
        found.append("rules/notice.json is not the notice that the terms name")
    return found


def verdicts(context: Context) -> Result:
    """Every bid and every act, decided again, comes out as it stands in the log."""
    found = [f for f in context.replayed.findings if f.check == VERDICTS]
    answered: dict[str, int] = {}
    for record in context.records:
        if record.kind in ("bid_accepted", "bid_refused", "bid_unheard"):
            first = answered.setdefault(record.data["statement"], record.seq)
            if first != record.seq:
                detail = f"the statement of record {first} is answered again"
                found.append(Finding(VERDICTS, "REPEATED", record.seq, detail))
    return _concluded(context, VERDICTS, found)


def close_time(context: Context) -> Result:
    """Openings, stops and closes are at the instants that the rules give, and there is an end."""
    found = [f for f in context.replayed.findings if f.check == TIMES]
    if context.unread_from is None and context.replayed.sale.ended_at is None:
        detail = "the log ends before bidding did"
        found.append(Finding(TIMES, "NO_END", len(context.leaves), detail))
    return _concluded(context, TIMES, found)


def winner(context: Context) -> Result:
    """Reserve, draw and highest bid give the result that was declared."""
    found = [f for f in context.replayed.findings if f.check == WINNER]
    return _concluded(context, WINNER, found)


def _concluded(context: Context, number: int, found: list[Finding]) -> Result:
    if not found and context.unread_from is not None:
        return Result.not_made(number, "UNREADABLE")
    return Result.of(number, context.replayed.totals.get(number, 0), found)
