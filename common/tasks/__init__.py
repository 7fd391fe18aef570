"""Celery tasks of the hub, a file for each subject: thin, because what they do stands in common/application/."""
