"""Telling others: conversions to ad systems, audiences, webhooks. It keeps no copy of results."""
