"""A node's console over REST: where it is, and a line to it. The terminal itself is a WebSocket (docs/gns3.md)."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.gns3 import examples
from common.api.gns3.base import Gns3View, actor_of, body_of
from common.api.gns3.bodies import ConsoleInput
from common.api.gns3.rows import console_path
from common.api.gns3.serializers import ConsoleInputSerializer, ConsoleOutputSerializer, Gns3ConsoleSerializer
from common.application.consoles.finding import find_console
from common.application.consoles.lines import run_command, type_line


class ConsoleView(Gns3View):
    """The console of a node that runs."""

    honours_idempotency_key = False  # what a console shows may hold secrets, and is not to be kept for a day

    @extend_schema(
        operation_id="gns3_console",
        responses=Gns3ConsoleSerializer,
        examples=[OpenApiExample("A terminal", examples.CONSOLE, response_only=True)],
    )
    def get(self, request: Request, project_id: str, node_id: str) -> Response:
        """Where it is now: ports change when a node starts. 409 where it does not run or has no terminal."""
        found = find_console(project_id, node_id)
        return Response(
            {
                "type": found.console_type,
                "host": found.host,
                "port": found.port,
                "websocket": console_path(found.project_id, found.node_id),
            }
        )

    @extend_schema(
        operation_id="gns3_console_input",
        request=ConsoleInputSerializer,
        responses=ConsoleOutputSerializer,
        examples=[
            OpenApiExample("At the prompt", examples.CONSOLE_COMMAND, request_only=True),
            OpenApiExample("As it is", examples.CONSOLE_LINE, request_only=True),
            OpenApiExample("What came", examples.CONSOLE_OUTPUT, response_only=True),
        ],
    )
    def post(self, request: Request, project_id: str, node_id: str) -> Response:
        """Type a line, and read what comes.

        `command` waits for the prompt, types, and reads until the prompt comes back; known kinds of devices only,
        secrets masked. `line` is typed whatever the console waits for, and read until nothing comes for two seconds.
        Nothing of either is kept, so an Idempotency-Key is refused.
        """
        asked = body_of(request, ConsoleInput)
        actor = actor_of(request)
        if asked.command is not None:
            output = run_command(project_id, node_id, asked.command, wait_seconds=asked.wait_seconds, actor=actor)
        else:
            output = type_line(project_id, node_id, asked.line or "", wait_seconds=asked.wait_seconds, actor=actor)
        return Response(
            {
                "output": output.text,
                "ended_by": output.ended_by,
                "truncated": output.truncated,
                "seconds": output.seconds,
            }
        )
