"""People who asked: contacts, leads, the doors they come in by, the inbox."""
