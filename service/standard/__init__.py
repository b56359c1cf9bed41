"""The HSDS standard: its schema, the forms of values, the kinds of records, ids and service types. Pure."""
