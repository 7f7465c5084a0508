"""Where a server's processor time goes: `python -m bench.sampled OUT SCRIPT` runs it and samples.

A signal comes with every two milliseconds of processor time (coarser where the kernel's tick is);
what every thread is doing then is counted, from the last SIGUSR1 on, and written to OUT when the
script ends. Greenlets and native threads are seen alike, which deterministic profilers do not do.
"""

import runpy
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

SECONDS = 0.002
_IDLE = ("wait", "acquire", "acquire_with_timeout", "run", "_worker")
"""Innermost functions of threads that wait."""


class Sampler:
    """Counts what is seen: by innermost function, and by everything on the stack."""

    def __init__(self) -> None:
        self.total = 0
        self.own: Counter[str] = Counter()
        self.within: Counter[str] = Counter()

    def begin(self, _number: int, _interrupted: FrameType | None) -> None:
        """Forget what was seen before."""
        self.total = 0
        self.own.clear()
        self.within.clear()

    def sample(self, _number: int, interrupted: FrameType | None) -> None:
        """One tick of processor time."""
        here = sys._getframe()
        self.total += 1
        for frame in sys._current_frames().values():
            one: FrameType | None = interrupted if frame is here else frame
            if one is None or (one is not interrupted and one.f_code.co_name in _IDLE):
                continue
            self.own[_name(one)] += 1
            seen: set[str] = set()
            while one is not None:
                seen.add(_name(one))
                one = one.f_back
            self.within.update(seen)

    def report(self) -> str:
        """Both counts as shares of all ticks, the largest first."""
        lines = [f"{self.total} ticks"]
        for title, counts in (("own", self.own), ("with all it calls", self.within)):
            lines.append(f"\n{title}")
            for name, count in counts.most_common(70):
                lines.append(f"{count / max(self.total, 1):7.1%}  {name}")
        return "\n".join(lines) + "\n"


def _name(frame: FrameType) -> str:
    code = frame.f_code
    return f"{'/'.join(Path(code.co_filename).parts[-2:])}:{code.co_qualname}"


def main() -> None:
    out, script = sys.argv[1:3]
    sampler = Sampler()
    signal.signal(signal.SIGPROF, sampler.sample)
    signal.signal(signal.SIGUSR1, sampler.begin)
    signal.setitimer(signal.ITIMER_PROF, SECONDS, SECONDS)
    sys.path.insert(0, str(Path(script).parent))
    sys.argv = [script]
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        Path(out).write_text(sampler.report(), "utf-8")


if __name__ == "__main__":
    main()
