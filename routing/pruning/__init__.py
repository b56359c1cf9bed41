"""Bounds: offers, prerequisites and alternatives without a search, since each path through one costs too much."""
