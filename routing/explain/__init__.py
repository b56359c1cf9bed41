"""What kept each service of a need left open off every path."""
