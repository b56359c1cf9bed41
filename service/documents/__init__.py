"""Strict reading of JSON and YAML documents, for bundles and profiles alike: nodes, paths, fields, messages."""
