"""06 witness quorum · 07 timestamps: what the tail of the log hangs on."""

from auction.verifier.certificates import READING, load
from auction.verifier.context import Context
from auction.verifier.faults import Finding, Malformed
from auction.verifier.notes import Head
from auction.verifier.report import Result
from auction.verifier.trust import Timestamping

TIMESTAMP_LIMIT = 64 * 1024


def quorum(context: Context) -> Result:
    """Enough witnesses saw the final head, no later than trust.json allows."""
    trust, final = context.trust, context.final
    if not trust.witnesses or trust.quorum == 0:
        return Result.not_made(6, "NO_WITNESSES")
    in_time, found = set(), []
    for key in trust.witnesses:
        seen = None if final is None else final.cosigned_at(key)
        if seen is None:
            continue
        late = seen * 1_000_000 - _last_written(context) > trust.max_delay_s * 1_000_000
        if late:
            found.append(Finding(6, "TOO_LATE", None, f"{key.name} saw it at {seen}"))
        else:
            in_time.add(key.public.public_bytes_raw())
    if len(in_time) >= trust.quorum:
        return Result.of(6, len(in_time), [])
    detail = f"{len(in_time)} of the {trust.quorum} that are needed"
    return Result.of(6, trust.quorum, [Finding(6, "QUORUM", None, detail), *found])


def timestamp(context: Context) -> Result:
    """A trusted authority put its time on the final head. An absent one is not checked, never
    passed."""
    final, trust = context.final, context.trust
    if not trust.authorities:
        return Result.not_made(7, "NO_AUTHORITIES")
    names = (
        []
        if final is None
        else [
            name
            for name in context.bundle.under("timestamps")
            if name.removeprefix("timestamps/").removesuffix(".tsr").lstrip("0") == str(final.size)
        ]
    )
    if final is None or not names:
        return Result.not_made(7, "NO_TIMESTAMP")
    try:
        import rfc3161_client  # noqa: F401
    except ImportError:
        return Result.not_made(7, "NO_LIBRARY")
    faults = []
    for name in names:
        data = context.bundle.members[name]
        for authority in trust.authorities:
            try:
                stamped = _stamped_at(data, final, authority)
            except Malformed as error:
                faults.append(Finding(7, "TIMESTAMP", None, f"{name}: {error}"))
                continue
            delay = stamped - _last_written(context)
            # An authority's clock may tell whole seconds only.
            if not -1_000_000 < delay <= trust.max_delay_s * 1_000_000:
                detail = f"{name}: {delay // 1_000_000} s after the last record"
                faults.append(Finding(7, "TOO_LATE", None, detail))
            else:
                return Result.of(7, 1, [])
    return Result.of(7, 1, faults)


def _last_written(context: Context) -> int:
    written = [c["sequenced_us"] for c in context.contents if c is not None]
    return int(written[-1]) if written else 0


def _stamped_at(data: bytes, head: Head, authority: Timestamping) -> int:
    """The time (microseconds) that an RFC 3161 token puts on the head's text. Raises Malformed."""
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    if len(data) > TIMESTAMP_LIMIT:
        raise Malformed("a timestamp that is too large")
    try:
        response = decode_timestamp_response(data)
        # The certificate is pinned: versions before 1.0.9 took a rogue authority's word.
        builder = VerifierBuilder(
            tsa_certificate=load(authority.certificate), roots=list(map(load, authority.roots))
        )
        builder.build().verify_message(response, head.text.encode())
        return int(response.tst_info.gen_time.timestamp() * 1_000_000)
    except VerificationError as error:
        raise Malformed(str(error)) from error
    except READING as error:
        raise Malformed("not a timestamp response") from error
