"""The directory becomes HSDS: records, files and the profile that says which fields are used."""
