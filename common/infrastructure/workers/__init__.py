"""Celery workers: the embedded one, their records, logs and connections."""
