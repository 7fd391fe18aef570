"""The inventory: which device a profile belongs to, and what of it changed."""
