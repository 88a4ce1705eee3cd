"""Reading a file of costs. Pure: bytes in, rows out, never an exception for what the file holds."""

from leadtrack.spend.statement.nouns import FORMATS, Item, Line, Parsed, Problem, Rejected
from leadtrack.spend.statement.parse import parse

__all__ = ["FORMATS", "Item", "Line", "Parsed", "Problem", "Rejected", "parse"]
