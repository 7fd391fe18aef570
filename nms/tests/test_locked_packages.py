"""What production runs is installed from requirements.lock alone: nothing may lean on what the tests bring along."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions

from nms.environment import BASE_DIR

# The test packages of a developer's machine are out of reach, as they are in the image.
START = """
import sys
from importlib.abc import MetaPathFinder

class Refuse(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {unlocked!r}:
            raise ModuleNotFoundError(f"{{name}} is not in requirements.lock", name=name)

sys.meta_path.insert(0, Refuse())
import nms.asgi
from nms.celery import app
from django.core.cache import cache
from django.core.management import get_commands, load_command_class

app.loader.import_default_modules()
app.connection_for_write().transport
app.backend
app.Beat
cache._cache
for name, module in get_commands().items():
    if str(module).startswith(("common", "nms")):
        load_command_class(module, name)
print("started")
"""


def test_web_worker_and_beat_import_nothing_that_is_not_locked() -> None:
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (BASE_DIR / "requirements.lock").read_text(), re.MULTILINE))
    unlocked = {
        module
        for module, distributions in packages_distributions().items()
        if not locked & {re.sub(r"[-_.]+", "-", name).lower() for name in distributions}
    } - {"pip", "setuptools", "_distutils_hack", "pkg_resources"}
    ended = subprocess.run(
        [sys.executable, "-c", START.format(unlocked=unlocked)],
        cwd=BASE_DIR,
        env={name: value for name, value in os.environ.items() if not name.startswith(("NMS_", "DATABASE", "REDIS"))}
        | {
            "DJANGO_SETTINGS_MODULE": "nms.settings",
            "NMS_PRODUCTION": "1",
            "NMS_ALLOWED_HOSTS": "nms.example.org",
            "NMS_SECRET_KEY": "s" * 50,
            "DATABASE_URL": "postgresql://nms@127.0.0.1:9/nms",
            "REDIS_URL": "redis://127.0.0.1:9/0",
        },
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert (ended.returncode, ended.stdout.strip()) == (0, "started"), ended.stderr[-2000:]
