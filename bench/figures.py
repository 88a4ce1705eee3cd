"""What a bench finds out, and how it is shown."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

HEADINGS = ("figure", "ours", "reference", "ratio", "goal", "")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: what we measured beside what was measured next to it in the same run.

    `is_met` is None where measure.md sets no goal, or sets it for a larger bench than this one was.
    """

    subject: str
    name: str
    ours: float
    unit: str
    reference: float | None = None
    reference_name: str = ""
    goal: str = ""
    is_met: bool | None = None

    @property
    def ratio(self) -> float | None:
        """Ours / reference."""
        return self.ours / self.reference if self.reference else None

    def as_json(self) -> dict[str, Any]:
        """Everything, for results.json."""
        return asdict(self) | {"ratio": self.ratio}


def at_least(ours: float, reference: float, share: float) -> dict[str, Any]:
    """The goal "at least this share of the reference", as fields of a Figure."""
    return {"goal": f">= {share:g} x", "is_met": ours >= share * reference}


def at_most(ours: float, limit: float, unit: str) -> dict[str, Any]:
    """The goal "less than this", as fields of a Figure."""
    return {"goal": f"< {limit:g} {unit}", "is_met": ours < limit}


def middle(values: Sequence[float]) -> float:
    """The median."""
    return float(median(values))


def table_of(figures: Sequence[Figure]) -> str:
    """The figures as a text table, one part per subject."""
    lines = [HEADINGS, *(_cells(figure) for figure in figures)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(HEADINGS))]
    shown = [_padded(HEADINGS, widths)]
    subject = ""
    for figure, cells in zip(figures, lines[1:], strict=True):
        if figure.subject != subject:
            subject = figure.subject
            shown += ["", f"== {subject}"]
        shown.append(_padded(cells, widths))
    return "\n".join(shown)


def interleaved(rounds: int, *measures: Callable[[int], object]) -> None:
    """A B A B: what the machine does beside us hits all of them alike."""
    for number in range(rounds):
        for measure in measures:
            measure(number)


def _cells(figure: Figure) -> tuple[str, ...]:
    reference = ""
    if figure.reference is not None:
        reference = f"{_short(figure.reference)} {figure.reference_name}"
    ratio = f"{figure.ratio:.2f}" if figure.ratio is not None else ""
    met = {True: "met", False: "MISSED", None: ""}[figure.is_met]
    return (figure.name, f"{_short(figure.ours)} {figure.unit}", reference, ratio, figure.goal, met)


def _padded(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _short(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}"
