"""Modules and capabilities over REST."""
