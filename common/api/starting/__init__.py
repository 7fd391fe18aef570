"""Schedules and triggers over REST."""
