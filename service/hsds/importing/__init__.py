"""HSDS records become rows of the directory: values are parsed, rows built and merged with those that are stored."""
