"""The directory as the search reads it: columns of services and organizations in slug order, replaced whole."""
