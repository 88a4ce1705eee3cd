"""What was paid: statements, daily cost, currency rates. Knows nothing of leads, phones or visits."""
