"""Rule files: their text, and the folder they lie in."""
