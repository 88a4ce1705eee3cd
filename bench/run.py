"""`make bench`: how fast LeadTrack is, as ratios against references measured in the same run."""

import argparse
import json
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

from bench import capture, imports, report
from bench.figures import Figure, table_of

SUBJECTS = {"capture": capture.measure, "report": report.measure, "import": imports.measure}
RESULTS = ROOT / "bench" / "results.json"


def main() -> int:
    """Measure, show, write down. A wrong answer raises; a missed goal does not."""
    asked = _asked()
    load = [os.getloadavg()[0]]
    figures: list[Figure] = []
    began = time.monotonic()
    for name in asked.only:
        _say(f"{name} …")
        figures += SUBJECTS[name](is_quick=asked.quick)
        load.append(os.getloadavg()[0])
        _say(f"{name} took {time.monotonic() - began:.0f} s so far")
    print(table_of(figures))
    print(
        "\n* as fast as measure.md found it, scaled by the speed of the empty view here"
        if "capture" in asked.only
        else ""
    )
    print(f"load of the machine before and after each subject: {', '.join(f'{one:.1f}' for one in load)}")
    missed = sum(figure.is_met is False for figure in figures)
    met = sum(figure.is_met is True for figure in figures)
    print(f"{met} goals met, {missed} missed; all benched answers were right.")
    RESULTS.write_text(json.dumps(_results(figures, asked.quick, load), indent=1) + "\n")
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/run.py", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="small sizes, under a minute; ratios are rougher"
    )
    parser.add_argument(
        "--only",
        type=_subjects,
        default=list(SUBJECTS),
        metavar="SUBJECT,…",
        help=f"some of {','.join(SUBJECTS)} (default: all)",
    )
    return parser.parse_args()


def _subjects(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if unknown := set(names) - SUBJECTS.keys():
        raise argparse.ArgumentTypeError(f"no such subject: {', '.join(sorted(unknown))}")
    return names


def _results(figures: list[Figure], is_quick: bool, load: list[float]) -> dict[str, object]:
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": is_quick,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": load,
        "figures": [figure.as_json() for figure in figures],
    }


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
