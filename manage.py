#!/usr/bin/env python
"""Django's command line for NMS."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nms.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    from nms.environment import EnvironmentInvalid

    try:
        execute_from_command_line(sys.argv)
    except EnvironmentInvalid as error:
        sys.exit(str(error))
    except OperationalError as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(f"The database cannot be used: {' '.join(str(error).split())}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # during the imports, or in a command that has nothing to tidy up
        sys.exit(130)  # as shells count it: 128 and the signal's number
