from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Note:
    """What a person is told after a button, and the POST that takes it back."""

    text: str
    undo_url: str = ""
    undo_fields: dict[str, str] = field(default_factory=dict)
