"""Conversions and value of each channel, by the model asked for."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from leadtrack.ledger.analysis.by_place import BY_PLACE
from leadtrack.ledger.analysis.markov import removal_effects
from leadtrack.ledger.analysis.path_table import Numbers, PathTable
from leadtrack.ledger.analysis.shapley import shapley

MODELS: Final = (*BY_PLACE, "markov", "shapley")
# Touches before the end at which time decay counts half (domain.md 7 has seven days).
HALF_LIFE: Final = 7.0


@dataclass(frozen=True, eq=False)
class Answer:
    """What each channel of the table is credited with; the sums are those of the table.

    `removal_effects` (0 to 1) only of Markov: its credit is their share of the total.
    """

    conversions: Numbers
    value: Numbers
    removal_effects: Numbers | None = None


def share_out(table: PathTable, *, model: str, order: int = 1, half_life: float = HALF_LIFE) -> Answer:
    """Credit every channel by one of MODELS; `order` is Markov's. Raises KeyError for an unknown model."""
    if model == "markov":
        return _by_removal(table, removal_effects(table, order))
    shares = shapley(table) if model == "shapley" else BY_PLACE[model](table, half_life)
    return Answer(*table.sums(shares))


def _by_removal(table: PathTable, effects: Numbers) -> Answer:
    total = effects.sum()
    parts = effects / total if total else np.zeros(len(effects))
    return Answer(parts * table.conversions.sum(), parts * table.value.sum(), effects)
