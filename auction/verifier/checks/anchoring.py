"""06 witness quorum · 07 timestamps: what the end of a sale hangs on."""

from auction.verifier.certificates import load
from auction.verifier.context import Context
from auction.verifier.faults import Finding, Malformed
from auction.verifier.notes import Head
from auction.verifier.report import Result
from auction.verifier.trust import Timestamping

TIMESTAMP_LIMIT = 64 * 1024
SECOND = 1_000_000


def quorum(context: Context) -> Result:
    """Enough witnesses saw the end of bidding, no later than trust.json allows."""
    trust = context.trust
    if not trust.witnesses or trust.quorum == 0:
        return Result.not_made(6, "NO_WITNESSES")
    in_time, late = set(), []
    for key in trust.witnesses:
        seen = [at for _, head in context.covering if (at := head.cosigned_at(key)) is not None]
        if not seen:
            continue
        if _is_soon(context, min(seen) * SECOND):
            in_time.add(key.raw)
        else:
            late.append(Finding(6, "TOO_LATE", None, f"{key.name} saw it at {min(seen)}"))
    if len(in_time) >= trust.quorum:
        return Result.of(6, len(in_time), [])
    detail = f"{len(in_time)} of the {trust.quorum} that are needed"
    return Result.of(6, trust.quorum, [Finding(6, "QUORUM", None, detail), *late])


def timestamp(context: Context) -> Result:
    """A trusted authority put its time on the end of bidding. An absent timestamp is not checked,
    never passed."""
    trust = context.trust
    if not trust.authorities:
        return Result.not_made(7, "NO_AUTHORITIES")
    tokens = [
        (name, head, context.bundle.members[name])
        for name in context.bundle.under("timestamps")
        for _, head in context.covering
        if name.removeprefix("timestamps/").removesuffix(".tsr").lstrip("0") == str(head.size)
    ]
    if not tokens:
        return Result.not_made(7, "NO_TIMESTAMP")
    try:
        import rfc3161_client  # noqa: F401
    except ImportError:
        return Result.not_made(7, "NO_LIBRARY")
    faults = []
    for name, head, data in tokens:
        for authority in trust.authorities:
            try:
                stamped = _stamped_at(context, data, head, authority)
            except Malformed as error:
                faults.append(Finding(7, "TIMESTAMP", None, f"{name}: {error}"))
                continue
            # An authority's clock may tell whole seconds only.
            before = stamped + SECOND <= context.written(head.size)
            if not before and _is_soon(context, stamped):
                return Result.of(7, 1, [])
            detail = f"{name}: {(stamped - context.written(context.end)) // SECOND} s after the end"
            faults.append(Finding(7, "TOO_LATE" if not before else "TOO_EARLY", None, detail))
    return Result.of(7, 1, faults)


def _is_soon(context: Context, instant: int) -> bool:
    return instant - context.written(context.end) <= context.trust.max_delay_s * SECOND


def _stamped_at(context: Context, data: bytes, head: Head, authority: Timestamping) -> int:
    """The time (microseconds) that an RFC 3161 token puts on the head's note as the log signed it.

    Raises Malformed.
    """
    from rfc3161_client import VerifierBuilder, decode_timestamp_response

    if len(data) > TIMESTAMP_LIMIT:
        raise Malformed("a timestamp that is too large")
    certificate, *between, root = map(load, authority.chain)
    keys = () if context.lot is None else context.lot.keys
    try:
        response = decode_timestamp_response(data)
        # The certificate is pinned: versions before 1.0.9 took a rogue authority's word.
        verifier = VerifierBuilder(
            tsa_certificate=certificate, intermediates=between, roots=[root]
        ).build()
        verifier.verify_message(response, head.as_logged(keys))
        return int(response.tst_info.gen_time.timestamp() * SECOND)
    except Exception as error:
        # Damaged bytes fail anywhere in two parsers, each with exceptions of its own.
        raise Malformed(f"not a timestamp that holds: {str(error)[:120]}") from error
