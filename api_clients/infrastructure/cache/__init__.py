"""The response cache: fresh answers cost no call, callers at once share one call, stale ones bridge an outage."""

from api_clients.infrastructure.cache.memory_store import MemoryCacheStore
from api_clients.infrastructure.cache.transport import CachingTransport

__all__ = ["CachingTransport", "MemoryCacheStore"]
