"""HSDS itself: its schema, forms of values, kinds of records, ids and service types. Pure."""
