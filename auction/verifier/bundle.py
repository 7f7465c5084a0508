"""Reading a bundle: a zip file of known members, within limits (SPEC.md, 2).

Nothing is believed here. Whatever the bytes, this ends in a Bundle or in Unusable.
"""

import re
import zipfile
import zlib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from auction.verifier import canonical
from auction.verifier.faults import Malformed, Unusable

FORMAT = "auction-bundle/1"
MEMBERS_LIMIT = 300_000
MEMBER_LIMIT = 256 * 1024 * 1024
TOTAL_LIMIT = 512 * 1024 * 1024
RECORDS_LIMIT = 200_000
FILE_LIMIT = TOTAL_LIMIT

KINDS = ("auditor", "public")
_HASH = "[0-9a-f]{64}"
_NAMES = re.compile(
    r"manifest\.json|events\.jsonl|salts\.json|SPEC\.md"
    r"|rules/(?:terms\.json|terms\.txt|notice\.json)"
    r"|checkpoints/[0-9]{6,12}\.note|timestamps/[0-9]{6,12}\.tsr"
    rf"|statements/{_HASH}\.json|certificates/{_HASH}\.der|revocation/{_HASH}\.(?:crl|ocsp)"
)
_SECRET = re.compile(r"statements/|certificates/|revocation/|salts\.json")
_MANIFEST = {"format", "kind", "lot", "origin", "size", "root", "made_us", "members"}


@dataclass(frozen=True, slots=True)
class Bundle:
    """Members by name, and the manifest's words; `faults` are what check 01 objects to."""

    members: dict[str, bytes]
    kind: str
    lot: str
    origin: str
    size: int
    root: str
    faults: tuple[tuple[str, str], ...]
    """(member, what is wrong)."""

    def under(self, folder: str) -> list[str]:
        """The names in a folder, in order."""
        return sorted(name for name in self.members if name.startswith(folder + "/"))


def read(path: Path) -> Bundle:
    """Open a bundle. Raises Unusable when there is nothing that could be checked."""
    try:
        if path.stat().st_size > FILE_LIMIT:
            raise Unusable(f"the bundle has more than {FILE_LIMIT} bytes")
        with zipfile.ZipFile(path) as archive:
            members, faults = _members(archive)
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror or error}") from error
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError) as error:
        raise Unusable(f"the bundle is no zip file that can be read: {error}") from error
    except (ValueError, RuntimeError, EOFError, zlib.error, IndexError) as error:
        raise Unusable(f"the bundle is damaged: {error}") from error
    return _with_manifest(members, faults)


def _members(archive: zipfile.ZipFile) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    found: dict[str, bytes] = {}
    faults: list[tuple[str, str]] = []
    entries = archive.infolist()
    if len(entries) > MEMBERS_LIMIT:
        raise Unusable(f"the bundle has more than {MEMBERS_LIMIT} members")
    left = TOTAL_LIMIT
    for entry in entries:
        name = entry.filename
        if not _NAMES.fullmatch(name):
            faults.append((name[:80], "no member of a bundle is called so"))
            continue
        if name in found:
            faults.append((name, "stands twice"))
            continue
        if entry.flag_bits & 1 or entry.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            faults.append((name, "is encrypted or packed in another way"))
            continue
        limit = min(MEMBER_LIMIT, left)
        try:
            with archive.open(entry) as member:
                data = member.read(limit + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
            faults.append((name, f"cannot be unpacked: {error}"))
            continue
        if len(data) > limit:
            raise Unusable(f"{name}: unpacked, the bundle is larger than {TOTAL_LIMIT} bytes")
        left -= len(data)
        found[name] = data
    return found, faults


def _with_manifest(members: dict[str, bytes], faults: list[tuple[str, str]]) -> Bundle:
    data = members.get("manifest.json")
    if data is None or "events.jsonl" not in members:
        raise Unusable("the bundle has no readable manifest.json or events.jsonl")
    try:
        manifest = canonical.read(data, MEMBER_LIMIT)
        _require_shape(manifest)
    except Malformed as error:
        raise Unusable(f"manifest.json: {error}") from error
    listed: dict[str, str] = manifest["members"]
    for name in sorted(set(listed) | set(members) - {"manifest.json"}):
        if name not in members:
            faults.append((name[:80], "is listed and missing"))
        elif name not in listed:
            faults.append((name, "is not listed"))
        elif sha256(members[name]).hexdigest() != listed[name]:
            faults.append((name, "has another hash than is listed"))
    for name in members:
        claimed = re.match(rf"(?:certificates|revocation)/({_HASH})\.", name)
        if claimed and sha256(members[name]).hexdigest() != claimed[1]:
            faults.append((name, "is not the bytes whose hash it is called by"))
        if manifest["kind"] == "public" and _SECRET.match(name):
            faults.append((name, "has no place in a public bundle"))
    if manifest["lot"] != manifest["origin"].rsplit("/", 1)[-1]:
        faults.append(("manifest.json", "names another lot than its log"))
    return Bundle(
        members,
        manifest["kind"],
        manifest["lot"],
        manifest["origin"],
        manifest["size"],
        manifest["root"],
        tuple(faults),
    )


def _require_shape(manifest: dict[str, Any]) -> None:
    if set(manifest) != _MANIFEST or manifest["format"] != FORMAT:
        raise Malformed(f"not the fields of {FORMAT}")
    if manifest["kind"] not in KINDS:
        raise Malformed("the kind is neither auditor nor public")
    texts = (manifest["lot"], manifest["origin"], manifest["root"])
    numbers = (manifest["size"], manifest["made_us"])
    if not all(isinstance(one, str) for one in texts) or not all(type(n) is int for n in numbers):
        raise Malformed("a field of another type")
    members = manifest["members"]
    if not isinstance(members, dict) or not all(isinstance(h, str) for h in members.values()):
        raise Malformed("members are names and hashes")
