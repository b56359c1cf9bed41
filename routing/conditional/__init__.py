"""Paths behind a fact, a consent or a choice."""
