"""Who offers what: the registry of modules, calls of their capabilities, whether they live."""
