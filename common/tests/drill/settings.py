"""The project's settings and the drill. Loaded by name, because nobody imports the wiring."""

from importlib import import_module

_project = import_module("nms.settings")
globals().update({name: getattr(_project, name) for name in dir(_project) if name.isupper()})
INSTALLED_APPS = [*_project.INSTALLED_APPS, "common.tests.drill"]
