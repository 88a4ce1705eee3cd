"""What can be wrong at the carrier's REST interface."""

import re
from dataclasses import dataclass, field


@dataclass
class Trouble:
    """Requests that match fail in one way, so many times. `path` is a regular expression, searched."""

    path: str = ""
    method: str = ""
    # Seconds before anything happens.
    slow: float = 0
    # Answer this status instead of doing it; 0: do it.
    status: int = 0
    code: int | None = None
    retry_after: str = ""
    # Not JSON but this.
    body: str | None = None
    # Close the connection: before doing it, or after (done, but nobody hears of it).
    drops: bool = False
    drops_after: bool = False
    times: int = 1
    seen: list[str] = field(default_factory=list)

    def takes(self, method: str, path: str) -> bool:
        """Whether this request runs into it; each time counts."""
        if not self.times or (self.method and method != self.method) or not re.search(self.path, path):
            return False
        self.times -= 1
        self.seen.append(f"{method} {path}")
        return True
