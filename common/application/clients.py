"""The clients of this process, made by the container from NMS_CLIENTS_FILE and REDIS_URL.

    clients().get("snmp")

Ask each time rather than keep what you get: a changed file is taken up then, without a restart.
"""

from __future__ import annotations

import os
from functools import cache

from django.conf import settings

from api_clients.catalog import Catalog
from api_clients.clients import Clients
from api_clients.configuration import ConfigurationInvalid
from api_clients.configuration_secrets import Secrets
from api_clients.container import ClientsContainer, make_container
from api_clients.infrastructure.chain import Surroundings
from api_clients.infrastructure.instrumentation import OperationStatistics
from common.domain.errors import Unavailable
from common.infrastructure.encryption import decrypt


def clients() -> Clients:
    """Every client that is configured, made at the first call. Raises ConfigurationInvalid, naming the key."""
    return _container().clients()


def ready_clients() -> Clients:
    """The same with the file as it is now. Raises Unavailable where a start has no configuration that can be used."""
    try:
        ready = clients()
        ready.refresh()
    except ConfigurationInvalid as error:
        message = f"The clients' configuration cannot be used: {error}"
        raise Unavailable(message, code="clients_configuration_invalid") from error
    return ready


def catalog() -> Catalog:
    """Every service that can be configured, by name."""
    return _container().catalog()


def client_statistics() -> tuple[OperationStatistics, ...]:
    """What this process has seen of its services so far."""
    return _container().instrumentation().statistics()


def drop_expired_answers() -> int:
    """Free the memory of cached answers of this process that may not be given any more; return how many went."""
    return int(_container().cache_store().drop_expired())


def surroundings() -> Surroundings:
    """Clock, breakers, cache and metrics of the clients, for a chain that no configuration file knows."""
    return _container().surroundings()


@cache
def _container() -> ClientsContainer:
    return make_container(
        clients_file=settings.NMS_CLIENTS_FILE,
        redis_url=settings.REDIS_URL,
        secrets=Secrets(environment=os.environ, open_encrypted=decrypt),
    )
