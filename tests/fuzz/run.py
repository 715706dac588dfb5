"""Fuzzes the readers: `python -m tests.fuzz.run --minutes 10 [READER …]`; exit status 1 when something was found.

Guided by coverage where atheris is installed (`make fuzz` installs it apart), else blindly with Hypothesis, which also
makes what it finds small. What is found, and inputs that reach new lines, are kept in `.fuzz`, and used again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from time import monotonic

from tests.fuzz.blind import fuzz_blindly
from tests.fuzz.corpus import CORPUS
from tests.fuzz.readers import READERS

KEPT = Path(".fuzz")
FOUND = KEPT / "found"


def main() -> int:
    """Fuzz each reader for its part of the time."""
    asked = _arguments()
    names = asked.readers or list(READERS)
    each = max(1.0, 60 * asked.minutes / len(names))
    FOUND.mkdir(parents=True, exist_ok=True)
    guided = find_spec("atheris") is not None and not asked.blind
    print(f"{'guided by coverage' if guided else 'blind'}, {each:.0f} s for each of {len(names)} readers", flush=True)
    failed = [name for name in names if not (_guided(name, each) if guided else _blind(name, each))]
    print(f"found something in: {', '.join(failed)}; see {FOUND}" if failed else "nothing was found")
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Fuzz what reads what others wrote.")
    parser.add_argument("readers", nargs="*", choices=[[], *READERS], metavar="READER", help=", ".join(READERS))
    parser.add_argument("--minutes", type=float, default=10, help="for all together (default 10)")
    parser.add_argument("--blind", action="store_true", help="with Hypothesis, even where atheris is installed")
    return parser.parse_args()


def _guided(name: str, seconds: float) -> bool:
    """Whether a reader held in a process of its own: libFuzzer ends its process."""
    kept = KEPT / name
    kept.mkdir(exist_ok=True)
    folders = [str(kept), str(CORPUS / name)]
    limits = [f"-max_total_time={seconds:.0f}", f"-artifact_prefix={FOUND}/{name}-", "-print_final_stats=1"]
    done = subprocess.run([sys.executable, "-m", "tests.fuzz.guided", name, *folders, *limits], capture_output=True)
    said = done.stderr.decode("utf-8", "replace").splitlines()
    lines = [line for line in said if "stat::number_of_executed_units" in line or "cov:" in line][-2:]
    print(f"{name}: {'; '.join(line.strip() for line in lines)}", flush=True)
    if done.returncode:
        print(*(line for line in said[-40:] if not line.startswith("#")), done.stdout.decode()[-3000:], sep="\n")
    return done.returncode == 0


def _blind(name: str, seconds: float) -> bool:
    tried, problem = fuzz_blindly(name, monotonic() + seconds)
    print(f"{name}: {tried} inputs{'' if problem is None else f': {problem!r}'}", flush=True)
    return problem is None


if __name__ == "__main__":
    sys.exit(main())
