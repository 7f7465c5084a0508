"""What no file of this project may hold."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = {".py", ".html", ".mjs", ".css", ".md", ".toml", ".txt", ".in", ".json", ".cfg", ""}


def tracked() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    return [ROOT / name for name in names if name and (ROOT / name).suffix in TEXT]


def test_package_file_is_empty_so_that_the_verifier_runs_alone() -> None:
    assert (ROOT / "auction" / "__init__.py").read_bytes() == b""


def test_no_template_has_inline_script_or_style() -> None:
    forbidden = re.compile(
        r"<script(?![^>]*\b(src=|type=\"application/json\"))|\sstyle=|\son\w+=\""
    )
    for path in (ROOT / "templates").rglob("*.html"):
        found = forbidden.search(path.read_text("utf-8"))
        assert found is None, f"{path.relative_to(ROOT)}: {found and found[0]}"


def test_no_address_outside_this_site_is_loaded() -> None:
    loads = re.compile(
        r"src=\"(?:https?:)?//|<link[^>]*href=\"(?:https?:)?//|url\(\s*['\"]?(?:https?:)?//"
    )
    for path in [*(ROOT / "templates").rglob("*.html"), *(ROOT / "static").rglob("*.css")]:
        assert not loads.search(path.read_text("utf-8")), path.relative_to(ROOT)


def test_no_private_key_is_kept_in_the_project() -> None:
    marker = re.compile(r"BEGIN (?:RSA |EC )?PRIVATE KEY-----\s+MI[A-Za-z0-9+/]{20}")
    for path in tracked():
        if path.is_file():
            assert not marker.search(path.read_text("utf-8", errors="replace")), path.name


def test_time_of_day_is_read_in_one_place_only() -> None:
    calls = re.compile(r"datetime\.(?:now|utcnow|today)\(|\btime\.time\(")
    for path in (ROOT / "auction").rglob("*.py"):
        if path == ROOT / "auction" / "trading" / "time.py" or "demo" in path.parts:
            continue
        assert not calls.search(path.read_text("utf-8")), path.relative_to(ROOT)
