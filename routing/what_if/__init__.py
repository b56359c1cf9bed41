"""The effect of a further answer on a list of paths."""
