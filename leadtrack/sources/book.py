"""What rules and aliases an installation has, ready to be asked. Pure."""

from dataclasses import dataclass, field
from typing import Final

from leadtrack.sources.aliases import AliasBook
from leadtrack.sources.channel import Rule


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Own rules in their order and own aliases; the stamp is equal when both say the same."""

    rules: tuple[Rule, ...] = ()
    aliases: AliasBook = field(default_factory=AliasBook)
    stamp: str = ""


EMPTY: Final = Rulebook()
