"""The directory as the search reads it: columns in slug order, replaced whole."""
