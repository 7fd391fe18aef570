"""Ready clients by service and target: rebuilt where a new configuration changes them, left alone where not.

    container = make_container(clients_file=path)
    container.clients().get("prometheus").query("up")

A file that cannot be used is refused as a whole, its reason is logged once and kept in `problem`, and what ran
before runs on. Ask for a client when you need one rather than keep it, and a changed file needs no restart.

What this process has raised itself, as the lab does, is lent for as long as it runs: `lend("gns3", "main", target)`.
"""

from __future__ import annotations

import threading
from typing import Any

import structlog

from api_clients.building import DEVICE_TARGET, Built, ClientFactory
from api_clients.configuration import Configuration, ConfigurationInvalid, ServiceModel, TargetModel
from api_clients.configuration_file import ConfigurationFile

log = structlog.get_logger(__name__)


class NotConfigured(LookupError):
    """There is no such service or target; the message says which there are."""


class Clients:
    def __init__(self, factory: ClientFactory, file: ConfigurationFile) -> None:
        """Build every configured client. Raises ConfigurationInvalid."""
        self._factory = factory
        self._file = file
        self._lock = threading.Lock()
        self._built: dict[tuple[str, str], Built] = {}
        self._configuration = file.initial
        self._lent: dict[tuple[str, str], TargetModel] = {}
        self.problem: str | None = None
        self._apply(file.initial)

    def get(self, service: str, target: str = DEVICE_TARGET) -> Any:
        """Return the client, after a look at the configuration file. Raises NotConfigured."""
        self.refresh()
        built = self._built.get((service, target))
        if built is None:
            known = ", ".join(f"{name}/{place}" for name, place in sorted(self._built)) or "none"
            raise NotConfigured(f"{service}/{target} is not configured. Configured: {known}")
        return built.client

    def refresh(self, *, now: bool = False) -> None:
        """Take up a changed file; `now` looks even if the last look was a moment ago."""
        with self._lock:
            try:
                configuration = self._file.changed(now=now)
                if configuration is None:
                    return
                rebuilt = self._apply(configuration)
            except ConfigurationInvalid as error:
                self.problem = str(error)
                log.error("configuration_refused", reason=self.problem, consequence="the old one stays in use")  # noqa: TRY400 # the reason says it all
                return
            self.problem = None
            log.info("configuration_reloaded", rebuilt=sorted("/".join(key) for key in rebuilt))

    def configured(self) -> tuple[tuple[str, str], ...]:
        """Return service and target of every client."""
        return tuple(sorted(self._built))

    def check(self, configuration: Configuration) -> None:
        """Raise ConfigurationInvalid where the configuration could not be used; what runs is left alone."""
        planned = self._factory.plan(self._with_lent(configuration))
        for key, parts in planned.items():
            built = self._built.get(key)
            if built is None or built.parts != parts:
                self._factory.build(parts).close()

    def instances(self, service: str, target: str) -> tuple[str, ...]:
        """Return the addresses of a target; none for a client of devices, and where there is no such target."""
        built = self._built.get((service, target))
        model = built.parts.model if built else None
        return tuple(instance.url for instance in model.instances) if isinstance(model, TargetModel) else ()

    def lend(self, service: str, target: str, model: TargetModel) -> None:
        """Give a service a target where its configuration names none, now or later; it is not written anywhere.

        Raises ConfigurationInvalid.
        """
        with self._lock:
            self._lent[service, target] = model
            try:
                self._apply(self._configuration)
            except ConfigurationInvalid:
                del self._lent[service, target]
                raise

    def take_back(self, service: str, target: str) -> None:
        """End the loan; where there is none, nothing happens."""
        with self._lock:
            if self._lent.pop((service, target), None) is not None:
                self._apply(self._configuration)

    def close(self) -> None:
        with self._lock:
            for built in self._built.values():
                built.close()
            self._built = {}

    def _apply(self, configuration: Configuration) -> set[tuple[str, str]]:
        """Build what changed, all of it or nothing; only then let go of what it replaces."""
        planned = self._factory.plan(self._with_lent(configuration))
        kept = {key: built for key, built in self._built.items() if planned.get(key) == built.parts}
        fresh: dict[tuple[str, str], Built] = {}
        try:
            for key, parts in planned.items():
                if key not in kept:
                    fresh[key] = self._factory.build(parts)
        except ConfigurationInvalid:
            for built in fresh.values():
                built.close()
            raise
        self._factory.rule_breakers(configuration)
        gone = [built for key, built in self._built.items() if key not in kept]
        self._built = {**kept, **fresh}
        self._configuration = configuration
        for built in gone:
            built.close()
        return set(fresh)

    def _with_lent(self, configuration: Configuration) -> Configuration:
        services = dict(configuration.services)
        for (name, target), model in self._lent.items():
            service = services.get(name, ServiceModel())
            if not configuration.services.get(name, ServiceModel()).targets:
                services[name] = service.model_copy(update={"targets": {**service.targets, target: model}})
        return configuration.model_copy(update={"services": services})
