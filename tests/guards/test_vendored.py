"""Vendored libraries are the files that were looked at."""

import hashlib
import re
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[2] / "static" / "js" / "vendor"


def test_every_vendored_script_has_the_hash_that_its_list_names() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \|.*`([^`]+\.txt)`.*`([0-9a-f]{64})` \|$",
        (VENDOR / "VENDORED.md").read_text("utf-8"),
        re.MULTILINE,
    )
    named = {name: digest for name, _, digest in rows}
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")
    }
    assert found == named
    for _, licence, _ in rows:
        assert (VENDOR / licence).stat().st_size > 500, licence
