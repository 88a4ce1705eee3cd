"""The carriers: one module each, and the words they share. Only these modules know a vendor."""
