"""A Redis in process, for tests and demonstrations: a few keys, and figures that stand still."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from api_clients.infrastructure.credentials import Basic
from api_clients.simulation import Answer, HttpSimulator, Received, json_answer

KEYS = {"session:1": "hash", "session:2": "hash", "queue:mail": "list", "visits": "string"}
STARTED, NOW = 1_763_700_000, 1_763_786_400

INFO = f"""\
# Server
redis_version:7.0.15
redis_mode:standalone
os:Linux 6.1.0-18-amd64 x86_64
process_id:812
tcp_port:6379
uptime_in_seconds:{NOW - STARTED}

# Clients
connected_clients:2
maxclients:10000
blocked_clients:0

# Memory
used_memory:1573864
used_memory_rss:9347072
used_memory_peak:2097152
used_memory_dataset:524288
maxmemory:67108864
maxmemory_policy:allkeys-lru
mem_fragmentation_ratio:5.94

# Persistence
loading:0
rdb_changes_since_last_save:12
rdb_last_save_time:{NOW - 600}
rdb_last_bgsave_status:ok
aof_enabled:0
aof_last_write_status:ok

# Stats
total_connections_received:48
total_commands_processed:91734
instantaneous_ops_per_sec:23
instantaneous_input_kbps:1.42
instantaneous_output_kbps:7.80
rejected_connections:0
expired_keys:310
evicted_keys:0
keyspace_hits:8800
keyspace_misses:1200

# Replication
role:master
connected_slaves:1
slave0:ip=192.0.2.12,port=6379,state=online,offset=104320,lag=1
master_repl_offset:104320

# Commandstats
cmdstat_get:calls=10000,usec=21000,usec_per_call=2.10,rejected_calls=0,failed_calls=0
cmdstat_config|get:calls=3,usec=180,usec_per_call=60.00,rejected_calls=0,failed_calls=1

# Latencystats
latency_percentiles_usec_get:p50=2.007,p99=5.023,p99.9=11.007
"""
CLIENTS = """\
id=7 addr=192.0.2.20:50412 laddr=192.0.2.11:6379 fd=8 name=web age=86390 idle=0 flags=N db=0 sub=0 psub=0 multi=-1 \
tot-mem=22426 cmd=get user=default redir=-1 resp=2
id=9 addr=192.0.2.12:50611 laddr=192.0.2.11:6379 fd=9 name= age=86000 idle=1 flags=S db=0 sub=0 psub=0 multi=-1 \
tot-mem=22400 cmd=replconf user=default redir=-1 resp=2
"""
CONFIG = {"maxmemory": "67108864", "maxmemory-policy": "allkeys-lru", "requirepass": "simulated", "save": "3600 1"}
REPLIES: Mapping[str, Any] = {
    "/client/list": CLIENTS,
    "/memory/doctor": "Sam, I can't find any memory issue in your instance.",
    "/memory/usage": 72,
    "/object/encoding": "listpack",
    "/pttl": 90_000,
    "/slowlog/get": [[3, NOW - 120, 15_230, ["KEYS", "*"], "192.0.2.20:50412", "web"]],
    "/slowlog/reset": "OK",
    "/latency/latest": [["command", NOW - 120, 15, 42]],
    "/latency/history": [[NOW - 300, 42], [NOW - 120, 15]],
    "/latency/reset": 1,
}


class RedisSimulator(HttpSimulator):
    """`password` is what the user `nms` needs; None lets everybody in."""

    def __init__(self, keys: Mapping[str, str] = KEYS, *, password: str | None = None) -> None:
        super().__init__()
        self.keys = dict(keys)
        self._password = password
        self._commands: dict[str, Callable[[Sequence[str]], Any]] = {
            "/info": lambda sections: INFO + self._keyspace(),
            "/dbsize": lambda _: len(self.keys),
            "/type": lambda words: self.keys.get(words[0], "none"),
            "/scan": self._scan,
            "/config/get": lambda words: [word for pair in _matching(CONFIG, words[0]) for word in pair],
            "/client/kill": lambda words: int(f"id={words[1]} " in CLIENTS),
        }

    def admits(self, received: Received) -> bool:
        if self._password is None:
            return True
        return received.headers.get("authorization") == Basic("nms", self._password).headers()["Authorization"]

    def answer(self, received: Received) -> Answer:
        arguments = received.params.get("arg", [])
        if received.path == "/flushdb":
            return self._flush(received.params.get("database", ["0"])[0])
        if received.path in self._commands:
            return json_answer({"reply": self._commands[received.path](arguments)})
        if received.path in REPLIES:
            return json_answer({"reply": REPLIES[received.path]})
        return json_answer({"message": f"ERR unknown command {received.path}"}, status=400)

    def _keyspace(self) -> str:
        counts = f"db0:keys={len(self.keys)},expires=2,avg_ttl=90000\n" if self.keys else ""
        return f"\n# Keyspace\n{counts}"

    def _scan(self, words: Sequence[str]) -> list[Any]:
        wanted = dict(zip(words[1::2], words[2::2], strict=True))
        found = [name for name, kind in _matching(self.keys, wanted["MATCH"]) if kind == wanted.get("TYPE", kind)]
        return ["0", found]

    def _flush(self, database: str) -> Answer:
        if database != "0":
            return json_answer({"message": f"this target is database 0, not {database}"}, status=400)
        self.keys.clear()
        return Answer(200, json.dumps({"reply": "OK"}).encode())


def _matching(names: Mapping[str, str], pattern: str) -> list[tuple[str, str]]:
    return [(name, value) for name, value in names.items() if fnmatchcase(name, pattern)]


def make_simulator() -> RedisSimulator:
    return RedisSimulator()
