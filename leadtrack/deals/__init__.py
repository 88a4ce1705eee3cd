"""What became of them: stages, outcomes, purchases, repeats and refunds."""
