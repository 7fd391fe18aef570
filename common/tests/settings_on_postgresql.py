"""The tests' settings on the PostgreSQL that NMS_TEST_DATABASE_URL names (see on_postgresql.py)."""

import os
from importlib import import_module

import dj_database_url

_project = import_module("nms.tests.settings")
globals().update({name: getattr(_project, name) for name in dir(_project) if name.isupper()})
DATABASES = {"default": dj_database_url.parse(os.environ["NMS_TEST_DATABASE_URL"])}
