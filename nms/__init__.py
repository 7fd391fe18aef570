"""The Django project and its modules."""

from nms.celery import app as celery_app

__all__ = ["celery_app"]
