"""Pages and the script of this room: one module per subject."""
