"""The Data Plane API: the configuration of one backend with its servers, transactions, and the reloads they cause."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from api_clients.simulation import Answer, Received, json_answer

BASE = "/v3/services/haproxy"
ID = "273e3385-2d0c-4fb1-aa27-93cbb31ff203"
SERVERS = re.compile(BASE + r"/configuration/backends/(?P<backend>[^/]+)/servers(?:/(?P<name>[^/]+))?\Z")
RUNTIME = re.compile(BASE + r"/runtime/backends/(?P<backend>[^/]+)/servers(?:/(?P<name>[^/]+))?\Z")
TRANSACTIONS = re.compile(BASE + r"/transactions(?:/(?P<id>[^/]+))?\Z")


class SimulatedDataPlane:
    """A change within a transaction is kept apart until that is committed."""

    def __init__(self) -> None:
        self.version = 7
        self.servers: dict[str, dict[str, Any]] = {
            name: {
                "name": name,
                "address": f"192.0.2.1{at}",
                "port": 8080,
                "weight": 1,
                "check": "enabled",
                "inter": 500,
            }
            for at, name in enumerate(("s1", "s2", "s3"), 1)
        }
        self.states = dict.fromkeys(self.servers, "ready")
        self.open: dict[str, dict[str, dict[str, Any]]] = {ID: dict(self.servers)}
        self.reloads = [{"id": "2026-01-31-1", "status": "succeeded", "reload_timestamp": 1769846400}]

    def answer(self, received: Received) -> Answer:
        simple: dict[str, Callable[[], Any]] = {
            "/v3/info": lambda: {"api": {"version": "v3.0.1 abc"}, "system": _SYSTEM},
            f"{BASE}/configuration/version": lambda: self.version,
            f"{BASE}/configuration/frontends": lambda: [{"name": "web", "mode": "http", "default_backend": "app"}],
            f"{BASE}/configuration/backends": lambda: [
                {"name": "app", "mode": "http", "balance": {"algorithm": "roundrobin"}}
            ],
            f"{BASE}/reloads": lambda: self.reloads,
        }
        if received.path in simple:
            return json_answer(simple[received.path]())
        for pattern, answer in ((SERVERS, self._servers), (RUNTIME, self._runtime), (TRANSACTIONS, self._transactions)):
            if found := pattern.match(received.path):
                return answer(received, **found.groupdict())
        return _error(404, f"path {received.path} was not found")

    def _servers(self, received: Received, backend: str, name: str | None) -> Answer:
        transaction = received.params.get("transaction_id", [None])[0]
        if transaction is not None and transaction not in self.open:
            return _error(404, f"transaction {transaction} not found")
        servers = self.open[transaction] if transaction else self.servers
        if backend != "app" or (name is not None and name not in servers):
            return _error(404, f"missing object: {backend} {name or ''}".rstrip())
        if received.method == "GET":
            return json_answer(list(servers.values()) if name is None else servers[name])
        if transaction is None and received.params.get("version") != [str(self.version)]:
            return _error(409, f"version in configuration file is {self.version} and given version is not")
        return self._change(received, servers, name, at_once=transaction is None)

    def _change(
        self, received: Received, servers: dict[str, dict[str, Any]], name: str | None, *, at_once: bool
    ) -> Answer:
        if received.method == "DELETE":
            assert name is not None
            del servers[name]
            return self._changed(None, 204, at_once=at_once)
        document = received.json()
        if received.method == "POST" and document["name"] in servers:
            return _error(409, f"server {document['name']} already exists")
        servers[document["name"]] = document
        self.states.setdefault(document["name"], "ready")
        return self._changed(document, 201 if received.method == "POST" else 200, at_once=at_once)

    def _changed(self, document: Any, status: int, *, at_once: bool) -> Answer:
        """At once means a reload, which is still to come."""
        if not at_once:
            return Answer(status) if document is None else json_answer(document, status=status)
        self.version += 1
        self.reloads.append({"id": f"2026-01-31-{len(self.reloads) + 1}", "status": "in_progress"})
        answer = Answer(202) if document is None else json_answer(document, status=202)
        return Answer(202, answer.body, {**answer.headers, "Reload-ID": str(self.reloads[-1]["id"])})

    def _runtime(self, received: Received, backend: str, name: str | None) -> Answer:
        if backend != "app" or (name is not None and name not in self.servers):
            return _error(404, "no such server")
        if received.method == "PUT" and name is not None:
            self.states[name] = received.json()["admin_state"]
        if name is None:
            return json_answer([self._as_it_runs(one) for one in self.servers])
        return json_answer(self._as_it_runs(name))

    def _as_it_runs(self, name: str) -> dict[str, Any]:
        server = self.servers[name]
        shown = {"id": "1", "name": name, "address": server["address"], "port": server["port"]}
        return {**shown, "admin_state": self.states[name], "operational_state": "up"}

    def _transactions(self, received: Received, id: str | None) -> Answer:
        if id is None and received.method == "GET":
            return json_answer([_transaction(one, self.version, "in_progress") for one in self.open])
        if id is None:
            made = f"{len(self.open):08d}-2d0c-4fb1-aa27-93cbb31ff203"
            self.open[made] = dict(self.servers)
            return json_answer(_transaction(made, self.version, "in_progress"), status=201)
        if id not in self.open:
            return _error(404, f"transaction {id} not found")
        changed = self.open.pop(id)
        if received.method == "DELETE":
            return Answer(204)
        self.servers = changed
        return self._changed(_transaction(id, self.version, "success"), 202, at_once=True)


_SYSTEM = {"hostname": "lab", "cpu_info": {"model": "a processor", "num_cpus": 2}, "time": 1769846400}


def _transaction(id: str, version: int, status: str) -> dict[str, Any]:
    return {"id": id, "_version": version, "status": status}


def _error(status: int, message: str) -> Answer:
    return json_answer({"code": status, "message": message}, status=status)
