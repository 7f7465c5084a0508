"""`python -m auction.verifier BUNDLE --trust TRUST.json [--receipt F].. [--head F].. [--json F]`.

Exit status: 0 nothing failed and only those checks were not made that trust.json permits; 1 a check
failed; 2 it could not be checked.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import TextIO

from auction.verifier import bundle, checks, trust
from auction.verifier.context import Context
from auction.verifier.faults import Unusable

FAILED, UNUSABLE = 1, 2
BROUGHT_LIMIT = 1000
FILE_LIMIT = 4 * 1024 * 1024


def main(arguments: list[str] | None = None) -> int:
    """Run the checks; the exit status. A fault of this program does not pass for a verdict."""
    try:
        return verify(parser().parse_args(arguments))
    except (MemoryError, RecursionError):
        return _unusable("the input needs more memory than there is")
    except Exception as error:
        return _unusable(f"the verifier itself failed: {type(error).__name__}: {error}")


def verify(given: argparse.Namespace) -> int:
    """Run the checks that the command line asks for; the exit status."""
    try:
        report = checks.run(
            Context(
                bundle.read(given.bundle),
                trust.read(_bytes(given.trust)),
                _brought(given.receipt),
                _brought(given.head),
            )
        )
        if given.json is not None:
            text = json.dumps(report.as_data(), ensure_ascii=True, indent=1)
            given.json.write_text(text + "\n", "utf-8")
    except Unusable as error:
        return _unusable(str(error))
    except OSError as error:
        return _unusable(f"{error.filename}: {error.strerror}")
    _say(report.to_text(), sys.stdout)
    return report.exit_code


def parser() -> argparse.ArgumentParser:
    """What the command line may say."""
    made = argparse.ArgumentParser(
        prog="python -m auction.verifier",
        description="Check the evidence of a sale. 核验一宗地的交易证据。",
        epilog="Exit status: 0 nothing failed; 1 a check failed; 2 could not check.",
    )
    made.add_argument("bundle", type=Path, help="bundle.zip")
    made.add_argument("--trust", type=Path, required=True, help="trust.json, got elsewhere")
    made.add_argument("--receipt", type=Path, action="append", default=[], metavar="F")
    made.add_argument("--head", type=Path, action="append", default=[], metavar="F")
    made.add_argument("--json", type=Path, metavar="F", help="write the result for machines")
    return made


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > FILE_LIMIT:
        raise Unusable(f"{path}: more than {FILE_LIMIT} bytes")
    return path.read_bytes()


def _brought(paths: list[Path]) -> list[tuple[str, bytes]]:
    if len(paths) > BROUGHT_LIMIT:
        raise Unusable(f"more than {BROUGHT_LIMIT} files were brought")
    return [(path.name, _bytes(path)) for path in paths]


def _unusable(why: str) -> int:
    clean = "".join(c if c.isprintable() else "?" for c in why[:400])
    _say(f"不能核验 · could not check: {clean}\n", sys.stderr)
    return UNUSABLE


def _say(text: str, stream: TextIO) -> None:
    # A terminal that cannot write Chinese must not end in a traceback.
    encoding = stream.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), end="", file=stream)


if __name__ == "__main__":
    sys.exit(main())
