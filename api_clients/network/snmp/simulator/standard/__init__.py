"""Objects of the standard MIBs, as most agents serve them: values in, encoded objects by OID out."""
