"""What can be asked of an engine, by subject."""
