"""Circuit breakers, one for each service and target: `BreakerRegistry` gives them, usable from threads and asyncio."""

from api_clients.infrastructure.breaker.circuit import BreakerCounters, CircuitBreaker
from api_clients.infrastructure.breaker.memory_store import MemoryBreakerStore
from api_clients.infrastructure.breaker.registry import BreakerRegistry

__all__ = ["BreakerCounters", "BreakerRegistry", "CircuitBreaker", "MemoryBreakerStore"]
