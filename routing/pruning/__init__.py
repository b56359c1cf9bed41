"""Bounds: offers, prerequisites and alternatives left out of the search, as each path through them costs too much."""
