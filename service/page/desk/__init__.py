"""The coordinator's desk: records of the directory listed, searched, added, edited, renewed, ended and undone."""
