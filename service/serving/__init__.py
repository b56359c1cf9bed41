"""The version of the directory that is served: built, kept up to date, shared between requests, probed and timed."""
