"""Several clients at once: one path for each person, and no counted place promised twice."""
