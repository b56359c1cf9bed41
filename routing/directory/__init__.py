"""The directory in the form that the search reads: columns in slug order, replaced whole."""
