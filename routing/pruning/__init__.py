"""Bounds: which offers, prerequisites and alternatives need no search, since each path through them costs too much."""
