"""Workflows as data: what a definition may say, its expressions, what a run does next. No database, no clock."""
