"""A kernel in process, for tests and demonstrations: it takes the tc commands that plans are made of."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from api_clients.qos.traffic_control.examples import INTERFACE, STATE
from api_clients.qos.traffic_control.naming import major
from api_clients.qos.traffic_control.reading import state_of
from api_clients.simulation import Answer, HttpSimulator, Received, json_answer

State = dict[str, list[dict[str, Any]]]


class TrafficControlSimulator(HttpSimulator):
    """One interface, in `namespace`. It has no netem and no flower, as small kernels have not."""

    def __init__(self, *, namespace: str = "", interface: str = INTERFACE, is_empty: bool = False) -> None:
        super().__init__()
        self.namespace, self.interface, self.is_empty = namespace, interface, is_empty
        found: State = json.loads(json.dumps(asdict(STATE)))
        self.state: State = {**found, "filters": []} if is_empty else found
        self._looks: dict[str, Callable[[], Any]] = {
            "/kernel": lambda: {"kernel": "6.1.0-18-amd64", "tc": "tc utility, iproute2-6.1.0", "may_change": True},
            "/namespaces": lambda: [namespace] if namespace else ["lab"],
            "/interfaces": lambda: [_interface(self.interface)],
            "/state": lambda: self.state,
            "/qdiscs": lambda: self.state["qdiscs"],
            "/classes": lambda: self.state["classes"],
            "/filters": lambda: self.state["filters"],
        }

    def answer(self, received: Received) -> Answer:
        namespace = received.params.get("namespace", [""])[0]
        interface = received.params.get("interface", [self.interface])[0]
        if received.path not in ("/kernel", "/namespaces") and namespace != self.namespace:
            return _refused(f"there is no network namespace {namespace}")
        if received.path not in ("/kernel", "/namespaces", "/interfaces") and interface != self.interface:
            return _refused(f"there is no interface {interface} here")
        if received.path == "/apply":
            return self._apply(received.json())
        if received.path == "/statistics":
            return json_answer({"found": self._statistics(float(received.params["seconds"][0]))})
        return json_answer({"found": self._looks[received.path]()})

    def _statistics(self, seconds: float) -> dict[str, Any]:
        before = [_counted(one, 1_000_000) for one in (*self.state["qdiscs"], *self.state["classes"])]
        after = [{**one, "bytes": one["bytes"] + int(125_000 * seconds)} for one in before]
        return {"seconds": seconds, "before": before, "objects": after}

    def _apply(self, order: Mapping[str, Any]) -> Answer:
        before = json.dumps(self.state)
        if state_of(self.state).fingerprint() != order["fingerprint"]:
            return _refused(f"{self.interface} has changed since the plan was made", status=409)
        for number, step in enumerate(order["steps"], 1):
            try:
                self._run(step["command"])
            except (LookupError, ValueError) as error:
                self.state = json.loads(before)
                return _refused(f"step {number} of {len(order['steps'])} failed: {error}. All is as it was before")
        return json_answer({"found": self.state})

    def _run(self, command: Sequence[str]) -> None:
        thing, verb, *rest = command
        said = dict(zip(rest[::2], rest[1::2], strict=False))
        {"qdisc": self._qdisc, "class": self._class, "filter": self._filter}[thing](verb, said, rest)

    def _qdisc(self, verb: str, said: Mapping[str, str], words: Sequence[str]) -> None:
        parent = "root" if "root" in words else words[words.index("parent") + 1]
        if verb == "del":
            (gone,) = [one for one in self.state["qdiscs"] if one["parent"] == parent]
            self._forget(gone)
            return
        at = words.index("handle")
        handle, kind, options = words[at + 1], words[at + 2], words[at + 3 :]
        if kind not in ("htb", "tbf", "pfifo", "bfifo"):
            raise ValueError(f"Error: Specified qdisc kind is unknown. The kernel has no module sch_{kind}")
        self.state["qdiscs"].append(
            {"kind": kind, "handle": handle, "parent": parent, "parameters": _parameters(kind, options)}
        )

    def _class(self, verb: str, said: Mapping[str, str], words: Sequence[str]) -> None:
        known = {one["id"]: one for one in self.state["classes"]}
        if verb == "del":
            self.state["classes"].remove(known[said["classid"]])
            return
        if (verb == "add") == (said["classid"] in known):
            raise ValueError(f"RTNETLINK answers: class {said['classid']} cannot be met with {verb}")
        options = words[words.index("htb") + 1 :]
        given = dict(zip(options[::2], options[1::2], strict=True))
        parent = "root" if said["parent"].endswith(":") else said["parent"]
        rate, ceil = _number(given["rate"]), _number(given["ceil"])
        made = {
            "kind": "htb",
            "id": said["classid"],
            "parent": parent,
            "rate_bps": rate,
            "ceil_bps": ceil,
            "burst_bytes": _number(given.get("burst", "1600b")),
            "ceil_burst_bytes": _number(given.get("cburst", "1600b")),
            "priority": int(given["prio"]),
            "quantum_bytes": int(given.get("quantum", min(200_000, rate // 80))),
        }
        self.state["classes"] = sorted(
            [*(one for one in self.state["classes"] if one["id"] != made["id"]), made], key=lambda one: str(one["id"])
        )

    def _filter(self, verb: str, said: Mapping[str, str], words: Sequence[str]) -> None:
        place = (said["parent"], int(said["prio"]))
        if verb == "del":
            kept = [one for one in self.state["filters"] if (one["parent"], one["priority"]) != place]
            self.state["filters"] = kept
            return
        if "u32" not in words:
            raise ValueError("Error: TC classifier not found. The kernel has no module cls_flower")
        matches = [
            {"value": int(words[at + 2], 16), "mask": int(words[at + 3], 16), "offset": int(words[at + 5])}
            for at, word in enumerate(words)
            if word == "match" and words[at + 1] == "u32"
        ]
        self.state["filters"].append(
            {
                "kind": "u32",
                "parent": said["parent"],
                "protocol": said["protocol"],
                "priority": int(said["prio"]),
                "handle": "800::800",
                "class_id": words[-1],
                "options": {"matches": matches},
            }
        )

    def _forget(self, qdisc: Mapping[str, Any]) -> None:
        gone = {one["id"] for one in self.state["classes"] if major(one["id"]) == qdisc["handle"]}
        for inner in [one for one in self.state["qdiscs"] if one["parent"] in gone]:
            self._forget(inner)
        self.state["qdiscs"] = [one for one in self.state["qdiscs"] if one != qdisc]
        self.state["classes"] = [one for one in self.state["classes"] if one["id"] not in gone]
        self.state["filters"] = [one for one in self.state["filters"] if one["parent"] != qdisc["handle"]]


def _parameters(kind: str, options: Sequence[str]) -> dict[str, Any]:
    given = dict(zip(options[::2], options[1::2], strict=True))
    if kind == "htb":
        return {
            "default_class": given["default"],
            "r2q": int(given["r2q"]),
            "direct_packets": int(given.get("direct_qlen", 1000)),
        }
    if kind == "tbf":
        named = {"rate_bps": "rate", "burst_bytes": "burst", "limit_bytes": "limit"}
        return {name: _number(given[word]) for name, word in named.items()}
    return {"limit": int(given.get("limit", 1000))}


def _number(word: str) -> int:
    return int(re.sub(r"\D", "", word))


def _counted(one: Mapping[str, Any], count: int) -> dict[str, Any]:
    return {
        "object": "class" if "id" in one else "qdisc",
        "kind": one["kind"],
        "id": one.get("id", one.get("handle")),
        "parent": one["parent"],
        "bytes": count,
        "packets": count // 1000,
        "drops": 3,
        "overlimits": 40,
        "requeues": 0,
        "backlog_bytes": 0,
        "backlog_packets": 0,
    }


def _interface(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "index": 2,
        "is_up": True,
        "mtu": 1500,
        "address": "02:00:00:00:00:01",
        "kind": "",
        "qdisc": "htb",
    }


def _refused(reason: str, *, status: int = 404) -> Answer:
    return json_answer({"message": reason}, status=status)


def make_simulator() -> TrafficControlSimulator:
    return TrafficControlSimulator()
