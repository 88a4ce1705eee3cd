"""What a fragment tells beside itself."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Toast:
    """A note in the corner; with an address it can be undone by sending `undo_fields` there."""

    level: str
    text: str
    undo_url: str = ""
    undo_fields: dict[str, str] = field(default_factory=dict)
