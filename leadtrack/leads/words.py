"""Text as strangers send it, made safe to store without changing what it says. Pure."""

import unicodedata

_KEPT = frozenset("\n\t")


def clean(text: str) -> str:
    """The text without NULs, other control characters and broken halves of characters; line ends become \\n.

    Markup, formulas and right-to-left marks stay: they are text, and whoever prints them escapes them.
    """
    if text.isascii() and text.isprintable():
        return text
    whole = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in whole if sign in _KEPT or unicodedata.category(sign) != "Cc")


def one_line(text: str) -> str:
    """The text with every run of white space as one blank."""
    return " ".join(text.split())


def as_kept(body: bytes) -> str:
    """A body as text from which the bytes can be told: what is not UTF-8, and NUL, is written as \\xNN."""
    text = body.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
    return clean(text)
