"""Tracked numbers: assignments, calls, the carrier."""
