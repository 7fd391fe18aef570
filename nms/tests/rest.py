"""The REST API as a script would use it: signed in with a token, over real HTTP."""

from __future__ import annotations

from typing import Any

import requests


class Api:
    """One signed-in user. Every method asserts the status it expects, and shows the answer where it differs."""

    def __init__(self, url: str, password: str, *, name: str = "admin") -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()
        answer = self._session.post(
            f"{self.url}/api/auth/token/", json={"username": name, "password": password}, timeout=60
        )
        answer.raise_for_status()
        self.token: str = answer.json()["access"]
        self._session.headers["Authorization"] = f"Bearer {self.token}"

    def get(self, path: str, **parameters: Any) -> Any:
        return self._json("GET", path, expect=200, params=parameters)

    def all(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """Every row of a list, page by page."""
        rows: list[dict[str, Any]] = []
        number = 1
        while True:
            page = self.get(path, page=number, page_size=100, **parameters)
            rows += page["data"]
            if not page["links"]["next"]:
                assert len(rows) == page["meta"]["total"]
                return rows
            number += 1

    def post(self, path: str, body: dict[str, Any], *, expect: int) -> Any:
        return self._json("POST", path, expect=expect, json=body)

    def _json(self, method: str, path: str, *, expect: int, **options: Any) -> Any:
        answer = self._session.request(method, f"{self.url}{path}", timeout=60, **options)
        assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text[:1000]}"
        return answer.json()
