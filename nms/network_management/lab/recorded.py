"""A lab of recordings: each .snmprec file of a folder is a device with an address of its own."""

from __future__ import annotations

from pathlib import Path

from api_clients.network.snmp.simulator import Agent, Recording, load_snmprec, parse_oid
from nms.network_management.lab.addresses import agent_addresses
from nms.network_management.lab.serving import V3_USER, Lab, LabError, Served

_SNMP_ENGINE_ID = parse_oid("1.3.6.1.6.3.10.2.1.1.0")
_MAX_MESSAGE_BYTES = 16384  # recordings hold values longer than a frame, and clients get many of them at once
_HEADER_BYTES = 2
_SHORTEST_ENGINE_ID = 5  # RFC 3411


class RecordedLab(Lab):
    """Answers the community, and as snmpsim does the file's stem; and the lab's v3 user."""

    def __init__(
        self, folder: Path, *, port: int = 0, base_address: str = "127.10.0.1", community: str = "public"
    ) -> None:
        recordings = _read(folder)
        addresses = agent_addresses(base_address, len(recordings))
        self.skipped_lines = {recording.name: len(recording.skipped) for recording in recordings if recording.skipped}
        devices = [
            Served(recording.name, address, community, _agent(recording, community))
            for recording, address in zip(recordings, addresses, strict=True)
        ]
        super().__init__(devices, port=port)


def _read(folder: Path) -> list[Recording]:
    files = sorted(folder.glob("*.snmprec"))
    if not files:
        raise LabError(f"{folder} holds no .snmprec file")
    try:
        return [load_snmprec(path) for path in files]
    except (OSError, ValueError) as error:
        raise LabError(f"A recording cannot be served: {error}") from error


def _agent(recording: Recording, community: str) -> Agent:
    engine_id = recording.objects.get(_SNMP_ENGINE_ID)
    known = isinstance(engine_id, bytes) and len(engine_id) >= _HEADER_BYTES + _SHORTEST_ENGINE_ID
    return Agent(
        recording.view,
        communities=[community, recording.name],
        users=[V3_USER],
        engine_id=engine_id[_HEADER_BYTES:] if known and isinstance(engine_id, bytes) else None,
        max_message_bytes=_MAX_MESSAGE_BYTES,
    )
