"""Puts the chain together; read from the bottom, it is what a request passes on its way out.

    validate > cache > retry > circuit breaker > rate limit and bulkhead > load balancer > measure > (read) > wire

Reading stands next to the wire so that an unreadable answer is measured and counts against the breaker. The rate
limit comes before the bulkhead: one who waits for its turn holds no place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from api_clients.domain.policies.balance import BalancePolicy, Instance
from api_clients.domain.policies.cache import CachePolicy
from api_clients.domain.policies.rate import RatePolicy
from api_clients.domain.policies.retry import RetryPolicy
from api_clients.domain.ports import CacheStore, Clock, Transport
from api_clients.infrastructure.balancer import BalancingTransport
from api_clients.infrastructure.breaker.registry import BreakerRegistry
from api_clients.infrastructure.breaker.transport import BreakingTransport
from api_clients.infrastructure.bulkhead import BulkheadPolicy, BulkheadTransport
from api_clients.infrastructure.cache.transport import CachingTransport
from api_clients.infrastructure.instrumentation import Instrumentation, MeasuringTransport
from api_clients.infrastructure.rate_limit import RateLimitingTransport
from api_clients.infrastructure.reading import ReadingTransport
from api_clients.infrastructure.retry import RetryingTransport
from api_clients.infrastructure.validation import ValidatingTransport


@dataclass(frozen=True, slots=True)
class ChainPolicy:
    """The policies of one chain; the breaker's are the registry's, for breakers outlive chains."""

    retry: RetryPolicy = field(default_factory=RetryPolicy)
    cache: CachePolicy = field(default_factory=CachePolicy)
    bulkhead: BulkheadPolicy = field(default_factory=BulkheadPolicy)
    balance: BalancePolicy = field(default_factory=BalancePolicy)
    rate: RatePolicy | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all chains of a process share."""

    clock: Clock
    breakers: BreakerRegistry
    cache_store: CacheStore
    instrumentation: Instrumentation


def build_chain(
    wire: Transport,
    instances: Sequence[Instance],
    policy: ChainPolicy,
    surroundings: Surroundings,
    *,
    cache_scope: str = "",
) -> Transport:
    clock = surroundings.clock
    chain: Transport = ReadingTransport(wire)
    chain = MeasuringTransport(chain, surroundings.instrumentation)
    chain = BalancingTransport(chain, instances, policy.balance, clock=clock)
    chain = BulkheadTransport(chain, policy.bulkhead, clock=clock)
    if policy.rate is not None:
        chain = RateLimitingTransport(chain, policy.rate, clock=clock)
    chain = BreakingTransport(chain, surroundings.breakers)
    chain = RetryingTransport(chain, policy.retry, clock=clock)
    chain = CachingTransport(
        chain,
        surroundings.cache_store,
        policy.cache,
        clock=clock,
        scope=cache_scope,
        listener=surroundings.instrumentation.count_cache,
    )
    return ValidatingTransport(chain)
