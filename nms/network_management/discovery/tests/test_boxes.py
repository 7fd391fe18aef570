"""One box or two: what may be taken for the same box before it is read."""

from __future__ import annotations

import random

from nms.network_management.discovery.boxes import clusters, same_box
from nms.network_management.discovery.tests.builders import hello

ENGINE = "80001f8880e9630000d61ff449"


def test_the_same_engine_name_and_boot_time_are_one_box() -> None:
    first = hello("10.0.0.1", engine_id=ENGINE)
    second = hello("10.0.1.1", engine_id=ENGINE, uptime=1002.0, read_at=5001.0)
    assert same_box(first, second, known_addresses=[])


def test_a_cloned_engine_id_alone_is_not_one_box() -> None:
    first = hello("10.0.0.1", engine_id=ENGINE)
    assert not same_box(first, hello("10.0.0.2", engine_id=ENGINE, name="r2"), known_addresses=[])
    assert not same_box(first, hello("10.0.0.2", engine_id=ENGINE, uptime=5.0), known_addresses=[])


def test_without_engine_id_the_boxes_own_address_list_decides() -> None:
    first, second = hello("10.0.0.1"), hello("10.0.0.2")
    assert same_box(first, second, known_addresses=["10.0.0.1", "10.0.0.2"])
    assert not same_box(first, second, known_addresses=["10.0.0.1"])


def test_two_switches_that_came_up_together_after_a_power_cut_stay_two() -> None:
    assert not same_box(hello("10.0.0.1", name=""), hello("10.0.0.2", name=""), known_addresses=["10.0.0.1"])


def test_an_agent_without_uptime_is_never_merged_unread() -> None:
    first, second = (hello(f"10.0.0.{host}", engine_id=ENGINE, uptime=None) for host in (1, 2))
    assert not same_box(first, second, known_addresses=["10.0.0.2"])
    assert len(clusters([first, second])) == 2


def test_an_engine_id_that_came_with_the_software_says_nothing() -> None:
    first, second = (hello(f"10.0.0.{host}", engine_id="8000000001020304") for host in (1, 2))
    assert not same_box(first, second, known_addresses=["10.0.0.1"])


def test_clusters_part_what_surely_differs_and_do_not_depend_on_the_order_of_answers() -> None:
    hellos = [
        hello("10.0.0.1", engine_id=ENGINE),
        hello("10.0.0.2", engine_id=ENGINE),
        hello("10.0.0.10", engine_id=ENGINE, uptime=10.0),
        hello("10.0.0.9", name="other"),
    ]
    for seed in range(10):
        shuffled = random.Random(seed).sample(hellos, len(hellos))
        found = [[item.target.address for item in cluster] for cluster in clusters(shuffled)]
        assert found == [["10.0.0.1", "10.0.0.2"], ["10.0.0.9"], ["10.0.0.10"]]
