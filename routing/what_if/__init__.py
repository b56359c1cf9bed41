"""What one more answer would change in a list of paths that was found."""
