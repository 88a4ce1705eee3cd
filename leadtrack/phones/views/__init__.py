"""Pages of numbers, pools and call flows: one module per subject."""
