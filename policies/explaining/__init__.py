"""What is told of a decision: its rules in words, the facts it read, and what would change it."""
