"""HSDS records become rows of the directory: values are parsed, rows built and merged with stored rows."""
