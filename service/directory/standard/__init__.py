"""The HSDS standard: its schema, the forms of values, the types of records, ids and service types. Pure."""
