"""A verifier's run on bytes that a test made."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auction.verifier import bundle, checks
from auction.verifier.context import Context
from auction.verifier.report import FAIL, Report
from auction.verifier.trust import Trust

Run = Callable[..., Report]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the checks on a bundle's bytes."""

    def made(
        data: bytes, trust: Trust, leave_out: frozenset[int] = frozenset(), **brought: Any
    ) -> Report:
        path = tmp_path / "bundle.zip"
        path.write_bytes(data)
        return checks.run(Context(bundle.read(path), trust, **brought), leave_out)

    return made


def failed(report: Report) -> set[int]:
    """The numbers of the checks that failed."""
    return {result.number for result in report.results if result.verdict == FAIL}
