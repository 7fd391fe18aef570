"""What the APIs v2 (servers 2.x) and v3 say differently, as far as it is a matter of addresses and words.

Operations name resources as v3 does, without the version in front; `route` makes the address of it.
"""

from __future__ import annotations

from typing import Final

from api_clients.domain.errors import Rejected, ServiceError, Unauthorized
from api_clients.network.gns3.values import Api

V2_ENDINGS: Final = {
    "/capture/start": "/start_capture",
    "/capture/stop": "/stop_capture",
    "/capture/stream": "/pcap",
}
UNKNOWN_ROUTE = "Not Found"  # v2: "404: Not Found", v3: {"detail": "Not Found"}; what is missing itself is named


class ProjectClosed(Rejected):
    """The project has to be open for this; GNS3 answers 403, which elsewhere says that we may not."""


def route(api: Api, path: str) -> str:
    """Return the address of a resource: /v2/projects/..., with v2's own words."""
    if api == "v2":
        for ending, own in V2_ENDINGS.items():
            if path.endswith(ending):
                return f"/v2{path.removesuffix(ending)}{own}"
    return f"/{api}{path}"


def is_unknown_route(error: Rejected) -> bool:
    """True where the server knows no such address, so that it may be one of the other version; false where it knows
    the address, and what it leads to is not there.
    """
    return error.status == 404 and error.reason.endswith(UNKNOWN_ROUTE)


def translated(error: ServiceError) -> ServiceError:
    """Return the error as this client's callers should see it."""
    if isinstance(error, Unauthorized) and error.status == 403 and "not opened" in error.reason:
        return ProjectClosed(
            error.reason, status=error.status, service=error.service, operation=error.operation, target=error.target
        )
    if (
        isinstance(error, Rejected)
        and error.status == 422
        and "uuid_parsing" in error.reason
        and "'path'" in error.reason
    ):
        reason = "answered 404 Not Found: an id in the address is not one that GNS3 gives"  # as v2 answers it
        return Rejected(reason, status=404, service=error.service, operation=error.operation, target=error.target)
    return error
