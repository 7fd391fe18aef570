"""Publish events to Redis channels, for programs that listen there.

    gns3:events:<type>                 what the GNS3 central service saw (source "gns3")
    system:events:<type>               what the hub itself did (source "hub")
    modules:events:<source>:<type>     what a module published
    alerts:<priority>                  besides: every event of priority high or critical, and whatever its priority,
                                       every alert.* and incident.*

So PSUBSCRIBE gns3:events:*, modules:events:*, modules:events:network_management:*, alerts:*. Each message is the
envelope as JSON, the same as on WebSockets. Redis keeps nothing: whoever was not listening asks the store
(/api/common/api/v1/events/?after=). An event may come twice after a crash; its position tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson
import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from common.domain import stored_json
from common.domain.envelope import Envelope
from common.domain.errors import Unavailable

SOCKET_TIMEOUT_SECONDS = 2.0
FORGET_AFTER_SECONDS = 3600.0
_ALERTING = ("alert.", "incident.")

_client: redis.Redis | None = None
_client_url = ""


def publish_to_channels(envelopes: Sequence[Envelope]) -> None:
    """The consumer "redis": the whole batch in one round trip. Raises Unavailable where Redis does not take it."""
    try:
        with _connected().pipeline(transaction=False) as pipeline:
            for envelope in envelopes:
                message = stored_json.write(envelope, option=orjson.OPT_UTC_Z)
                for channel in channels_of(envelope):
                    pipeline.publish(channel, message)
            pipeline.execute()
    except redis.RedisError as error:
        raise Unavailable(f"Redis does not take events: {error}", code="redis_unavailable") from error


def channels_of(envelope: Envelope) -> Iterator[str]:
    if envelope.source == "gns3":
        yield f"gns3:events:{envelope.type}"
    elif envelope.source == "hub":
        yield f"system:events:{envelope.type}"
    else:
        yield f"modules:events:{envelope.source}:{envelope.type}"
    if envelope.priority in {"high", "critical"} or envelope.type.startswith(_ALERTING):
        yield f"alerts:{envelope.priority}"


def _connected() -> redis.Redis:
    """One pool of connections for the process; redis-py makes a new one after a fork."""
    global _client, _client_url
    url = settings.REDIS_URL
    assert url is not None, "the consumer is registered where there is a Redis"
    if _client is None or _client_url != url:
        _client_url = url
        _client = redis.Redis.from_url(
            url,
            socket_timeout=SOCKET_TIMEOUT_SECONDS,
            socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 1),  # for a connection that a restart has cut; the distributor does the waiting
        )
    return _client
