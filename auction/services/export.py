"""A lot's whole log as one file that anybody can check without this system.

The file is UTF-8 text, one JSON object a line, each line ended by a newline:

    line 1      header {"checkpoint", "format", "key", "origin"}, canonical JSON: the latest
                signed head (a C2SP note), this format's name, the log's verifier string, its name
    line n + 1  the exact bytes of record n, as they were hashed (RFC 8785 canonical JSON)

Canonical JSON escapes every control character, so a record never holds a newline. The root of the
RFC 6962 tree over the lines' bytes must be the one in the head. The key in the header is a
convenience: whoever wrote the file could have put in his own, so a reader who wants proof brings
the key from elsewhere.
"""

from dataclasses import dataclass

from auction.ledger import canonical
from auction.ledger.checkpoint import Checkpoint, check_code
from auction.ledger.errors import LedgerError
from auction.ledger.notes import Verifier, split
from auction.services.house import House
from auction.services.logcheck import Finding, LogCheck, check_log
from auction.store import journal
from auction.store.sales import Lot

FORMAT = "lot-log/1"
_HEADER = {"checkpoint", "format", "key", "origin"}


class ExportUnusable(ValueError):
    """The text is no export; `code`: `empty`, `header`, `format`, `key`, `checkpoint`,
    `ending`, `text`."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class ExportDiffers(ValueError):
    """The text is an export, but not of an intact log."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(", ".join(f"{f.fault} {f.seq or ''}".strip() for f in findings))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class ExportedLog:
    """What stands in an export. `key` is the one it was read with; `key_given` tells whether the
    reader brought it (else it is the header's own word)."""

    origin: str
    key: Verifier
    key_given: bool
    note: str
    leaves: tuple[bytes, ...]

    @property
    def slug(self) -> str:
        """The lot that the log's name ends in."""
        return self.origin.rsplit("/", 1)[-1]

    @property
    def head(self) -> Checkpoint:
        """The head that the note states."""
        return Checkpoint.parse(split(self.note)[0])

    @property
    def check_code(self) -> str:
        """The head's check code 核对码."""
        return check_code(self.note)

    def to_text(self) -> str:
        """The file's text; `parse` is its inverse."""
        header = {
            "checkpoint": self.note,
            "format": FORMAT,
            "key": self.key.to_string(),
            "origin": self.origin,
        }
        lines = (canonical.encode(header), *self.leaves)
        return "".join(line.decode() + "\n" for line in lines)

    def check(self) -> LogCheck:
        """Everything that bytes, order, hashes and signature say."""
        leaves = enumerate(self.leaves, start=1)
        heads = [(self.head.size, self.note)]
        return check_log(self.origin, leaves, heads, self.key, ("lot", self.slug))


def export_log(house: House, lot: Lot) -> ExportedLog:
    """The lot's log as far as its latest signed head goes. LookupError if nothing is signed yet."""
    with house.engine.connect() as conn:
        signed = journal.checkpoint(conn, lot.log_id)
        if signed is None:
            raise LookupError(f"the log of {lot.slug} has not begun")
        size, note = signed
        # Written once and never changed: what was read after the head cannot contradict it.
        leaves = journal.read(conn, lot.log_id, limit=size)
    origin = lot.log.origin
    key = house.log_key(origin).verifier
    return ExportedLog(origin, key, True, note, tuple(leaf.data for leaf in leaves))


def file_name(lot: Lot) -> str:
    """What a downloaded export is called."""
    return f"{lot.slug}.log.jsonl"


def parse(data: bytes, key: Verifier | None = None) -> ExportedLog:
    """What the bytes of an export hold; nothing about its records is believed yet.

    Raises ExportUnusable.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ExportUnusable("text", "the file is not UTF-8 text") from error
    if not text:
        raise ExportUnusable("empty", "the file is empty")
    if not text.endswith("\n"):
        raise ExportUnusable("ending", "the last line is cut off")
    first, *lines = text[:-1].split("\n")
    try:
        header = canonical.decode(first.encode())
    except LedgerError as error:
        raise ExportUnusable("header", f"the first line is no header ({error})") from error
    if set(header) != _HEADER or not all(isinstance(v, str) for v in header.values()):
        raise ExportUnusable("header", f"the header has exactly the texts {sorted(_HEADER)}")
    if header["format"] != FORMAT:
        raise ExportUnusable("format", f"the format is {header['format']!r}, not {FORMAT!r}")
    try:
        stated = Verifier.from_string(header["key"])
    except LedgerError as error:
        raise ExportUnusable("key", str(error)) from error
    try:
        Checkpoint.parse(split(header["checkpoint"])[0])
    except LedgerError as error:
        raise ExportUnusable("checkpoint", str(error)) from error
    return ExportedLog(
        header["origin"],
        key or stated,
        key is not None,
        header["checkpoint"],
        tuple(line.encode() for line in lines),
    )


def read_export(data: bytes, key: Verifier | None = None) -> ExportedLog:
    """A verified export: canonical records in dense order whose root is the one signed by `key`.

    Without `key` the header's own is used, and `key_given` says so. Raises ExportUnusable, or
    ExportDiffers with every finding.
    """
    exported = parse(data, key)
    if findings := exported.check().findings:
        raise ExportDiffers(findings)
    return exported
