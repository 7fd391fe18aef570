"""Datasets: the sets of values that rules match against, changed while Suricata runs."""

from __future__ import annotations

import base64
import ipaddress
import re

from api_clients.domain.errors import InvalidRequest, Rejected
from api_clients.domain.operation import operation
from api_clients.security.suricata import reading
from api_clients.security.suricata.connection import SuricataConnection
from api_clients.security.suricata.values import DatasetAnswer, DatasetType

NAME = re.compile(r"[\w.:-]{1,63}")  # DATASET_NAME_MAX_LEN, src/datasets.h
HEX_DIGITS = {"md5": 32, "sha256": 64}
MAX_VALUE = 2_000
EXAMPLE = {"dataset": "bad-domains", "type": "string", "value": "evil.example"}


class DatasetOperations(SuricataConnection):
    @operation(idempotent=True, role="viewer", example=EXAMPLE)
    def dataset_lookup(self, dataset: str, type: DatasetType, value: str) -> DatasetAnswer:  # its word
        """Tell whether a value is in a set. A string is given as it is, a digest in hexadecimal digits."""
        arguments = self._arguments(dataset, type, value)
        try:
            said = self._ask("dataset-lookup", read=reading.said, **arguments)
        except Rejected as error:
            if "item not found" not in error.reason:
                raise
            return DatasetAnswer(dataset, type, value, is_member=False, said=error.reason)
        return DatasetAnswer(dataset, type, value, is_member=True, said=said)

    @operation(idempotent=True, role="operator", example=EXAMPLE)
    def dataset_add(self, dataset: str, type: DatasetType, value: str) -> DatasetAnswer:  # its word
        """Put a value into a set."""
        said = self._tell("dataset-add", self._arguments(dataset, type, value), read=reading.said)
        return DatasetAnswer(dataset, type, value, is_member=True, said=said)

    @operation(idempotent=True, role="operator", example=EXAMPLE)
    def dataset_remove(self, dataset: str, type: DatasetType, value: str) -> DatasetAnswer:  # its word
        """Take a value out of a set."""
        said = self._tell("dataset-remove", self._arguments(dataset, type, value), read=reading.said)
        return DatasetAnswer(dataset, type, value, is_member="busy" in said, said=said)

    @operation(idempotent=True, role="operator")
    def dataset_dump(self) -> str:
        """Have every set that has a state file written to it; say what Suricata says."""
        return self._tell("dataset-dump", read=reading.said)

    def _arguments(self, dataset: str, kind: DatasetType, value: str) -> dict[str, str]:
        if not NAME.fullmatch(dataset):
            raise InvalidRequest(f"dataset: {dataset[:60]!r} is no name of a set")
        return {"setname": dataset, "settype": kind, "datavalue": self._encoded(kind, value)}

    def _encoded(self, kind: DatasetType, value: str) -> str:
        """Return the value as the socket takes it: a string in base64, which may hold any byte."""
        if not value or len(value) > MAX_VALUE:
            raise InvalidRequest(f"value: should have from 1 to {MAX_VALUE} characters")
        if kind == "string":
            return base64.b64encode(value.encode()).decode()
        if kind in HEX_DIGITS:
            if not re.fullmatch(rf"[0-9a-fA-F]{{{HEX_DIGITS[kind]}}}", value):
                raise InvalidRequest(f"value: a {kind} has {HEX_DIGITS[kind]} hexadecimal digits")
            return value.lower()
        try:
            address = ipaddress.ip_address(value.strip())
        except ValueError:
            raise InvalidRequest(f"value: {value[:60]!r} is no address") from None
        if kind == "ipv4" and address.version != 4:
            raise InvalidRequest(f"value: {value[:60]!r} is no IPv4 address")
        return str(address)
