"""The Celery application "nms": configured by Django's settings (CELERY_...), tasks found in each app's tasks.py."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nms.settings")
# Workers and beat serve no pages: Django's checks would import all of the REST API into each, before its first task.
os.environ.setdefault("CELERY_SKIP_CHECKS", "true")

app = Celery("nms")
# Threads start without a current application; they fall back to the default one, which must be ours.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect  # type: ignore[untyped-decorator] # celery ships no types
def keep_our_logging(**kwargs: object) -> None:
    """Celery sets up logging of its own unless someone listens here; Django has set ours up already."""
