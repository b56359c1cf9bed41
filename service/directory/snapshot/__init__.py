"""The served version of the directory: built, kept up to date, shared between requests, probed and timed."""
