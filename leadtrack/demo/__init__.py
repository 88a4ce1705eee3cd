"""A believable firm, made through the real doors."""
