"""Files that name the codes of a label map: one module a format, named in the registry."""
