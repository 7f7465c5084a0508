"""`python -m bench`: measure, print tables, keep everything as JSON in bench/out/."""

import argparse
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from bench import curves, machine, matrix, micro, table

OUT = Path(__file__).parent / "out"
PIECES = ("path", "curves", "micro")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough look within three minutes")
    parser.add_argument("--only", choices=(*PIECES, "profile"), help="one piece instead of all")
    parser.add_argument(
        "--markdown", action="store_true", help="measure nothing: print the last run's tables"
    )
    asked = parser.parse_args()
    # Ended from outside, it still stops its servers and drops its databases.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    if asked.markdown:
        print(tables(latest()))
        return
    if asked.only == "profile":
        print(matrix.profile())
        return
    begun = time.monotonic()
    found = measured(asked.quick, (asked.only,) if asked.only else PIECES)
    found["minutes"] = round((time.monotonic() - begun) / 60, 1)
    OUT.mkdir(exist_ok=True)
    file = OUT / f"{found['date'].replace(':', '')}.json"
    file.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    print(tables(found))
    print(f"\n{found['minutes']} minutes; {file}")
    if bad := [row for row in found.get("path", ()) if row.get("wrong") or row.get("unanswered")]:
        sys.exit(f"{len(bad)} measurements with wrong verdicts or bids that nobody answered")


def measured(quick: bool, pieces: tuple[str, ...]) -> dict[str, Any]:
    """Everything that was asked for; progress goes to standard error."""
    found: dict[str, Any] = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "--short", "HEAD"),
        "changed": bool(_git("status", "--porcelain", "--", "auction", "bench", "config.py")),
        "machine": machine.describe(),
        "quick": quick,
    }
    rows = {
        "path": lambda: matrix.run(matrix.quick() if quick else matrix.full()),
        "curves": lambda: curves.run(quick=quick),
        "micro": micro.run,
    }
    for piece in pieces:
        found[piece] = []
        for row in rows[piece]():
            found[piece].append(row)
            print(_line(row), file=sys.stderr, flush=True)
    return found


def tables(found: dict[str, Any]) -> str:
    """The whole run as Markdown."""
    changed = " with changes" if found["changed"] else ""
    kind = "quick run, one round" if found["quick"] else f"medians of {matrix.full().rounds} rounds"
    parts = [
        f"{found['date'][:10]}, commit {found['commit']}{changed}; {kind}. "
        + machine.sentence(found["machine"])
    ]
    if path := found.get("path"):
        middle = matrix.medians(path)
        parts += ["### The way of a bid", table.path_table(middle)]
        parts += ["### With an audience", table.audience_table(middle)]
    if rows := found.get("curves"):
        parts += ["### As it grows", table.curve_table(rows)]
    if rows := found.get("micro"):
        parts += ["### The parts", table.micro_table(rows)]
    return "\n\n".join(parts)


def latest() -> dict[str, Any]:
    """The run that was kept last."""
    files = sorted(OUT.glob("*.json"))
    if not files:
        sys.exit("nothing has been measured yet: python -m bench")
    found: dict[str, Any] = orjson.loads(files[-1].read_bytes())
    return found


def _line(row: dict[str, Any]) -> str:
    return "  ".join(f"{k} {v}" for k, v in row.items() if v not in (None, {}, ""))


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
