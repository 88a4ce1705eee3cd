"""A progress bar for people who wait."""

import sys
from dataclasses import dataclass

WIDTH = 30


@dataclass(slots=True)
class Bar:
    """Draws itself on stderr when that is a terminal; elsewhere it says one line when it is full."""

    label: str
    total: int
    shown: int = -1

    def show(self, done: int) -> None:
        """Say how much of the total is done."""
        percent = 100 if not self.total else min(100, 100 * done // self.total)
        if percent == self.shown:
            return
        self.shown = percent
        if sys.stderr.isatty():
            full = WIDTH * percent // 100
            end = "\n" if percent == 100 else ""
            sys.stderr.write(f"\r{self.label:<22} [{'#' * full}{'.' * (WIDTH - full)}] {percent:>3} %{end}")
        elif percent == 100:
            sys.stderr.write(f"{self.label}: done\n")
        sys.stderr.flush()
