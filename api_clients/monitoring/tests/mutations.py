"""A simulator whose answers are wrong in one place, another each time: what no reader may stumble over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

from api_clients.simulation import Answer, HttpSimulator, Received

WRONG = (None, 1, float("-inf"), "x", [], {}, True, "2026", "9" * 30, [[]], "0001-01-01T00:00:00")


def mutate_answers(simulator: HttpSimulator, seed: int) -> None:
    """Let every success of the simulator be wrong in one place that `seed` decides."""
    respond, chance = simulator.respond, Random(seed)  # no secret

    def mutated(received: Received) -> Answer:
        answer = respond(received)
        try:
            document = json.loads(answer.body)
        except ValueError:
            return answer
        places = list(_places(document))
        if answer.status >= 300 or not places:
            return answer
        holder, key = chance.choice(places)
        holder[key] = chance.choice(WRONG)
        return replace(answer, body=json.dumps(document).encode())

    simulator.respond = mutated  # type: ignore[method-assign]


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    keys = document if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    for key in keys:
        yield document, key
        yield from _places(document[key])
