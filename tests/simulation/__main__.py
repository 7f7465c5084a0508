"""`python -m simulation`: sale after sale until the time is up or one goes wrong.

`--seed N` runs that one sale, `--trace` tells its story. Exit status 0 only if nothing was wrong.
"""

import argparse
import random
import sys
import time
from collections import Counter

from simulation.runs import EXPECTED, Failed, play


def main() -> int:
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="run this sale alone")
    parser.add_argument("--seconds", type=float, default=600.0, help="how long to run sales")
    parser.add_argument("--first", type=int, help="the first seed; a random one if not given")
    parser.add_argument("--trace", action="store_true", help="tell what happens")
    asked = parser.parse_args()
    seen: Counter[str] = Counter()
    began = time.monotonic()
    seed = asked.seed if asked.seed is not None else asked.first
    seed = random.randrange(10**9) if seed is None else seed
    print(f"first seed {seed}")
    runs = 0
    try:
        while True:
            seen += play(seed, print if asked.trace else None)
            runs += 1
            seed += 1
            if asked.seed is not None or time.monotonic() - began >= asked.seconds:
                break
    except Failed as failed:
        print(failed)
        return 1
    finally:
        took = time.monotonic() - began
        print(f"{runs} runs in {took:.0f} s, {runs / took:.1f} a second")
        if asked.seed is None:
            for kind in sorted(EXPECTED | seen.keys()):
                print(f"{seen[kind]:9}  {kind}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
