"""Work on imported services before routing: gaps, duplicates, proposed types, a file to settle gaps in."""
