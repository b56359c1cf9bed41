"""What imported services need before they are routed: gaps, duplicates, proposed types, a file to settle them in."""
