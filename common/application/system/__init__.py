"""The installation as a whole: its status, health, workers, reports and cleanup."""
