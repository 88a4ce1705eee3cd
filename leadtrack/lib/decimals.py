"""Reading decimal numbers as people and systems of several countries write them (formats.md 0)."""

import re
import unicodedata
from decimal import Decimal

LONGEST = 40
BLANKS = frozenset({"", "-", "--", "—", "–", "n/a", "na", "null", "none"})
CURRENCY_WORDS = re.compile(r"(?:руб\.?|р\.|zł|kr\.?)$", re.IGNORECASE)
# Google prints shares that it does not want to tell as "< 10%" or "> 90%".
UNTOLD_SHARE = re.compile(r"^[<>]\s*\d+\s*%$")
# What most cells are: no mark, or a point that can only be the decimal one. The quick way.
PLAIN = re.compile(r"-?[0-9]{1,15}(?:\.(?:[0-9]{1,2}|[0-9]{4,15}))?\Z")
# As English exports write what is over a thousand: "1,316.14" leaves no doubt either.
PLAIN_GROUPED = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3}){1,4}\.[0-9]{1,2}\Z")
BARE = re.compile(r"^[0-9]+$|^[0-9]*[.,][0-9]+$|^[0-9]+[.,]$")
GROUPED = re.compile(r"^[0-9]{1,3}(?:(?:,[0-9]{2,3})*,[0-9]{3}|(?:\.[0-9]{2,3})*\.[0-9]{3})$")
MINUS = "-−"


class NotANumber(ValueError):  # noqa: N818 (it reads as what it says)
    """The text is not a number in any notation that we know."""


class AmbiguousNumber(NotANumber):
    """The text may be thousands or thousandths ("1,234") and nobody said which mark is the decimal one."""


def read_decimal(text: str, *, decimal_comma: bool | None) -> Decimal | None:
    """The number that a cell says; None for a blank or a dash (unknown is not zero).

    `decimal_comma` settles "1.234" and "1,234" only: True reads the comma as the decimal mark, False the
    point, None refuses. Raises NotANumber, or its child AmbiguousNumber.
    """
    if PLAIN.match(text):
        return Decimal(text)
    if PLAIN_GROUPED.match(text):
        return Decimal(text.replace(",", ""))
    if is_blank(text):
        return None
    digits, is_negative = _bare(text)
    if not digits or len(digits) > LONGEST:
        raise NotANumber(text[:LONGEST])
    number = Decimal(_normal(digits, decimal_comma))
    return -number if is_negative else number


def is_blank(text: str) -> bool:
    """Whether the cell says nothing: empty, a dash, "n/a", an untold share."""
    folded = text.strip().lower()
    return folded in BLANKS or (folded[0] in "<>" and UNTOLD_SHARE.match(folded) is not None)


def mark_of(text: str) -> str | None:
    """The decimal mark this number proves ("." or ","), or None when it proves nothing.

    Other cells of a file so decide how its ambiguous ones are read.
    """
    digits, _ = _bare(text)
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        return digits[max(digits.rfind("."), digits.rfind(","))]
    if points + commas == 0 or is_ambiguous(digits):
        return None
    if points + commas > 1:
        return ("," if points else ".") if GROUPED.match(digits) else None
    return "." if points else ","


def is_ambiguous(digits: str) -> bool:
    """Whether "1,234" or "1.234" and the like: one mark, three digits after it, one to three before."""
    return re.fullmatch(r"[1-9][0-9]{0,2}[.,][0-9]{3}", digits) is not None


def _bare(text: str) -> tuple[str, bool]:
    """Digits and marks only, and whether the number is below zero."""
    kept = "".join(char for char in text if not _is_decoration(char))
    kept = CURRENCY_WORDS.sub("", kept)
    is_negative = False
    if kept.startswith("(") and kept.endswith(")"):
        kept, is_negative = kept[1:-1], True
    if kept[:1] and kept[0] in MINUS:
        kept, is_negative = kept[1:], not is_negative
    return kept.removeprefix("+"), is_negative


def _is_decoration(char: str) -> bool:
    if char.isdigit() or char in ".,":
        return False
    return char in "'’‘`\u200e\u200f" or char.isspace() or unicodedata.category(char) == "Sc"


def _normal(digits: str, decimal_comma: bool | None) -> str:
    """The same number in the notation of Decimal."""
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        return _two_marks(digits)
    if points + commas > 1:
        return _thousands(digits)
    if not BARE.match(digits):
        raise NotANumber(digits)
    if is_ambiguous(digits):
        return _decided(digits, decimal_comma)
    return digits.replace(",", ".")


def _two_marks(digits: str) -> str:
    """Both marks: the last one is the decimal mark and occurs once."""
    place = max(digits.rfind("."), digits.rfind(","))
    whole, fraction = digits[:place], digits[place + 1 :]
    if digits[place] in whole or not re.fullmatch(r"[0-9]*", fraction):
        raise NotANumber(digits)
    return f"{_thousands(whole)}.{fraction or 0}"


def _thousands(digits: str) -> str:
    """Groups of three (of two in the Indian manner, the last always of three), joined."""
    if not GROUPED.match(digits):
        raise NotANumber(digits)
    return digits.replace(",", "").replace(".", "")


def _decided(digits: str, decimal_comma: bool | None) -> str:
    if decimal_comma is None:
        raise AmbiguousNumber(digits)
    is_decimal = decimal_comma == ("," in digits)
    return digits.replace(",", ".") if is_decimal else _thousands(digits)
