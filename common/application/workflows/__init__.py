"""Workflows: definitions, the engine, and the steps that workers do."""
