from __future__ import annotations

from pathlib import Path

import pytest

from api_clients.network.snmp.simulator import Agent, load_snmprec, parse_oid, pdu
from api_clients.network.snmp.simulator.tests.conversation import SYS_NAME, ask, request, walk
from nms.network_management.lab.recorded import RecordedLab
from nms.network_management.lab.serving import LabError
from nms.tests.shared_data import shared


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("beta", "alpha"):
        (tmp_path / f"{name}.snmprec").write_text(
            f"{SYS_NAME}|4|{name}\n1.3.6.1.6.3.10.2.1.1.0|4x|80001f880501020304\n"
        )
    return tmp_path


def test_each_recording_has_an_address_in_the_order_of_names(folder: Path) -> None:
    with RecordedLab(folder, base_address="127.80.0.254") as lab:
        assert lab.describe() == {
            "devices": [
                {"name": "alpha", "address": "127.80.0.254", "port": lab.port, "community": "public"},
                {"name": "beta", "address": "127.80.1.1", "port": lab.port, "community": "public"},
            ]
        }


@pytest.mark.parametrize(("community", "answers"), [("lab", True), ("alpha", True), ("public", False), ("beta", False)])
def test_the_community_and_the_stem_are_answered(folder: Path, community: str, answers: bool) -> None:
    with RecordedLab(folder, base_address="127.80.2.1", community="lab") as lab:
        reply = lab.device("alpha").agent.answer(request(pdu.GET, [SYS_NAME], community=community))
    assert (reply is not None) == answers


def test_the_recorded_engine_id_is_the_engine_s(folder: Path) -> None:
    with RecordedLab(folder, base_address="127.80.3.1") as lab:
        assert lab.device("alpha").agent.engine.engine_id.hex() == "80001f880501020304"


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"no \.snmprec file"):
        RecordedLab(tmp_path)


def test_an_unusable_recording_is_refused_by_name(folder: Path) -> None:
    (folder / "noise.snmprec").write_text("nothing\n")
    with pytest.raises(LabError, match=r"noise\.snmprec"):
        RecordedLab(folder)


def test_recordings_of_real_devices_are_served_whole() -> None:
    for path in sorted(shared("datasets/librenms").glob("*.snmprec")):
        recording = load_snmprec(path)
        lines = len(path.read_bytes().splitlines())
        walked = walk(Agent(recording.view), "1")
        assert [parse_oid(name) for name, _, _ in walked] == sorted(recording.objects), path.name
        assert len(walked) + len(recording.skipped) == lines, path.name
        assert len(recording.skipped) <= 5, path.name


def test_all_recordings_answer_on_one_port() -> None:
    folder = shared("datasets/librenms")
    with RecordedLab(folder, base_address="127.80.4.1") as lab:
        assert len(lab.devices) == len(list(folder.glob("*.snmprec")))
        for device in lab.devices:
            assert ask(device.agent, pdu.GET_NEXT, ["1.3"]).status == 0
