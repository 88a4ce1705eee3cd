"""Pages about sources: one module per subject."""
