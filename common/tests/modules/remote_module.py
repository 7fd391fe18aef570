"""A remote module as a program of its own: it imports nothing of the project and knows its protocol (docs/modules.md).

    python remote_module.py --hub http://127.0.0.1:8000 --name weather --secret ... --token ADMINS_TOKEN

It registers, sends heartbeats, answers capabilities, and writes each message and event that it gets as a line of JSON.
With a token it registers as that admin, without one by its own signature, as a module does that was there before.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

PATH = "/nms"


def sign(secret: str, timestamp: str, method: str, path: str, body: bytes) -> str:
    signed = "\n".join((timestamp, method, path, "")).encode() + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class RemoteModule:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.lock = threading.Lock()

    def post(self, path: str, document: dict[str, Any], *, token: str = "", method: str = "POST") -> requests.Response:
        """One signed request to the hub, or one under a token."""
        url = f"{self.options.hub}/api/common/api/v1/hub/{path}"
        body = json.dumps(document).encode()
        timestamp = str(int(time.time()))
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        else:
            headers["X-NMS-Module"] = self.options.name
            headers["X-NMS-Timestamp"] = timestamp
            headers["X-NMS-Signature"] = sign(self.options.secret, timestamp, method, urlsplit(url).path, body)
        return requests.request(method, url, data=body, headers=headers, timeout=60)

    def register(self, port: int) -> None:
        manifest = {
            "name": self.options.name,
            "version": self.options.version,
            "callback_url": f"http://127.0.0.1:{port}{PATH}",
            "secret": self.options.secret,
            "capabilities": [
                {
                    "name": name,
                    "input_schema": {"type": "object", "properties": {"sleep": {"type": "number"}}},
                    "output_schema": {"type": "object", "required": ["echo"]},
                    "timeout_seconds": 60,
                }
                for name in self.options.capability
            ],
            "message_types": self.options.message_type,
            "subscriptions": [{"topics": self.options.topic}] if self.options.topic else [],
        }
        answer = self.post("modules/register/", manifest, token=self.options.token)
        print(f"registered {answer.status_code} {answer.text}", flush=True)
        answer.raise_for_status()

    def send_heartbeats(self) -> None:
        while True:
            time.sleep(self.options.heartbeat)
            try:
                self.post(f"modules/{self.options.name}/heartbeat/", {"status": "healthy"})
            except requests.RequestException as error:
                print(f"no heartbeat: {error}", flush=True)

    def answer(self, document: dict[str, Any]) -> dict[str, Any] | None:
        """What the hub asked or told; None answers with something that is not of the protocol."""
        kind = document["kind"]
        if kind == "health":
            return {"status": "healthy", "detail": f"pid {os.getpid()}"}
        if kind == "capability":
            return self.call(document["input"], document["call"])
        self.write(document)
        if kind == "message":
            if "fail" in document["message"]["body"]:
                return {"error": {"message": "as told", "retryable": document["message"]["body"]["fail"] == "later"}}
            return {"reply": {"got": document["message"]["body"]}}
        return {}

    def call(self, asked: dict[str, Any], call: dict[str, Any]) -> dict[str, Any] | None:
        time.sleep(asked.get("sleep", 0) * self.options.sleep_factor)
        if "garbage" in asked:
            return None
        if "fail" in asked:
            return {"error": {"code": "told_to_fail", "message": asked["fail"], "retryable": False}}
        if "wrong" in asked:
            return {"output": {"unexpected": True}}
        return {"output": {"echo": asked, "version": self.options.version, "pid": os.getpid(), "call": call}}

    def write(self, document: dict[str, Any]) -> None:
        with self.lock, Path(self.options.log).open("a") as log:
            log.write(json.dumps(document) + "\n")


def handler_of(module: RemoteModule) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            timestamp = self.headers.get("X-NMS-Timestamp", "0")
            expected = sign(module.options.secret, timestamp, "POST", self.path, body)
            fresh = abs(time.time() - int(timestamp)) < 300
            if not (fresh and hmac.compare_digest(expected, self.headers.get("X-NMS-Signature", ""))):
                self.reply(401, b'{"error": "signature"}')
                return
            answer = module.answer(json.loads(body))
            self.reply(200, b"<html>surprise" if answer is None else json.dumps(answer).encode())

        def reply(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--hub", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--token", default="")
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--heartbeat", type=float, default=60.0)
    parser.add_argument(
        "--sleep-factor", type=float, default=1.0, help="how many times longer it takes than it is asked to"
    )
    parser.add_argument("--log", default=os.devnull)
    parser.add_argument("--capability", action="append", default=[])
    parser.add_argument("--message-type", action="append", default=[])
    parser.add_argument("--topic", action="append", default=[])
    module = RemoteModule(parser.parse_args())
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(module))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    module.register(server.server_address[1])
    module.send_heartbeats()


if __name__ == "__main__":
    sys.exit(main())
