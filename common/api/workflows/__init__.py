"""Workflow definitions, runs and approvals over REST."""
