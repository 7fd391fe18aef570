"""Calls of services on behalf of people and programs: which target, who may, what became of it, who did it."""
