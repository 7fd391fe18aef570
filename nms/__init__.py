"""The Django project and its modules."""

import gc

from nms.celery import app as celery_app

# A hub makes some 350,000 objects as it starts, and they stay; by Python's 700 it would search them for
# cycles a few hundred times, which is a sixth of the time that it takes to start.
gc.set_threshold(50_000)

__all__ = ["celery_app"]
