"""Messages between modules: sent in a transaction, delivered by workers, dead letters."""
