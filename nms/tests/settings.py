"""The project's settings as the tests load them: on a folder of their own, whatever the shell has exported.

pytest.ini names this module, because pytest-django loads settings before any conftest.py runs. Child
processes that a test starts get the real settings on the same private folder.
"""

import atexit
import os
import shutil
import tempfile

_OWN = ("NMS_", "DATABASE_URL", "REDIS_URL")
for _name in [name for name in os.environ if name.startswith(_OWN) and not name.startswith("NMS_TEST_")]:
    del os.environ[_name]
os.environ["NMS_DATA_DIR"] = tempfile.mkdtemp(prefix="nms-tests-")
os.environ["DJANGO_SETTINGS_MODULE"] = "nms.settings"
atexit.register(shutil.rmtree, os.environ["NMS_DATA_DIR"], ignore_errors=True)

from nms.settings import *  # noqa: E402, F403 - the environment must be set before they are read

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow on purpose
