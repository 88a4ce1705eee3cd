"""Leads from files: what a file says (pure modules), and doing it: check, load, undo."""
