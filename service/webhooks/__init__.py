"""Webhooks: events sent to endpoints of other programs, at least once, and never into our own network."""
