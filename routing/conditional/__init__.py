"""Paths that a fact, a consent or a choice would open."""
