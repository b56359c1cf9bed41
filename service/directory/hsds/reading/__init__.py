"""Files of a directory in any layout (JSON, tables, archives, spreadsheets with a mapping) become HSDS records."""
