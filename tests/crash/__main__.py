"""`python -m crash --kills 50`: all runs, one line for each kill, a table at the end.

Exit status 0 only if every run was made and nothing was wrong.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from crash.burst import burst
from crash.cluster import Missing, on_postgres, on_sqlite
from crash.runs import Report, database_restarts, kills
from live_server import ROOT

BURST = 500
MAX_FAULTS_SHOWN = 20


def main() -> int:
    parser = argparse.ArgumentParser(prog="crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="kills of each kind")
    parser.add_argument("--only", choices=sorted(_runs(1, 0)), help="one run alone")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    asked = parser.parse_args()
    print(f"commit {_commit()}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, --seed {asked.seed}")
    reports = []
    for name, run in _runs(asked.kills, asked.seed).items():
        if asked.only in (None, name):
            began = time.monotonic()
            with tempfile.TemporaryDirectory(prefix="floor-crash-") as folder:
                try:
                    reports.append(run(Path(folder)))
                except AssertionError as stopped:
                    reports.append(Report(name, [f"the run could not go on: {stopped}"]))
            reports[-1].figures["seconds"] = round(time.monotonic() - began)
    for report in reports:
        _print(report)
    return any(report.faults for report in reports)


def _runs(count: int, seed: int) -> dict[str, Callable[[Path], Report]]:
    def sqlite(folder: Path) -> Report:
        with on_sqlite(folder) as house:
            return kills(house, "sqlite", count, seed, _say)

    def postgres(folder: Path) -> Report:
        with on_postgres(folder) as house:
            return kills(house, "postgres", count, seed, _say)

    def database(folder: Path) -> Report:
        with on_postgres(folder) as house:
            return database_restarts(house, "database", max(2, count // 5), seed, _say)

    def rush(folder: Path) -> Report:
        with on_sqlite(folder) as house:
            return burst(house, "burst", BURST, seed, _say)

    def rush_two(folder: Path) -> Report:
        with on_postgres(folder) as house:
            return burst(house, "burst-2", BURST, seed, _say)

    runs = {"sqlite": sqlite, "postgres": postgres, "database": database}
    return runs | {"burst": rush, "burst-2": rush_two}


def _print(report: Report) -> None:
    print(f"\n{report.name}: {f'{len(report.faults)} FAULTS' if report.faults else 'no fault'}")
    for word, figure in report.figures.items():
        print(f"  {word:28} {figure}")
    for fault in report.faults[:MAX_FAULTS_SHOWN]:
        print(f"  ! {fault}")


def _say(line: str) -> None:
    print(line, flush=True)


def _commit() -> str:
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    )
    return told.stdout.strip() or "unknown"


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    try:
        sys.exit(main())
    except Missing as missing:
        sys.exit(str(missing))
