"""The pages: who may see them, what stands on them, and that no foreign script runs on them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from nms.network_management.models import Device, Interface, IPAddress, Link

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def signed_in(client: Client, role: str | None) -> Client:
    user = User.objects.create_user("someone", password="long enough for all")
    if role:
        user.groups.add(Group.objects.get_or_create(name=role)[0])
    client.force_login(user)
    return client


def add_device(name: str, **fields: Any) -> Device:
    return Device.objects.create(
        **{"name": name, "first_seen": NOW, "last_seen": NOW, "updated_at": NOW, "status": "reachable"} | fields
    )


def add_interface(device: Device, index: int, **fields: Any) -> Interface:
    known = {"name": f"Gi0/{index}", "type": 6, "first_seen": NOW, "admin_status": "up", "oper_status": "up"}
    return Interface.objects.create(device=device, if_index=index, **known | fields)


@pytest.fixture
def network() -> tuple[Device, Device, Link]:
    core = add_device("core1.lab", role="switch", vendor="Cisco", model="C9500", management_address="127.10.0.1")
    access = add_device("access1", role="switch", status="unreachable", management_address="127.10.0.2")
    ends = add_interface(core, 1, speed_bps=10_000_000_000, mac="00:11:22:33:44:55"), add_interface(access, 24)
    IPAddress.objects.create(
        device=core, interface=ends[0], address="10.1.0.1", prefix_length=24, sort_key="4", first_seen=NOW
    )
    link = Link.objects.create(
        key="1", a_device=core, a_interface=ends[0], b_device=access, b_interface=ends[1], protocols=["lldp"],
        status="down", first_seen=NOW,
    )  # fmt: skip
    return core, access, link


@pytest.mark.parametrize("path", ["/", "/devices/1/"])
def test_a_page_sends_strangers_to_the_sign_in_page(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer["Location"] == f"/login/?next={path}"
    assert client.get(answer["Location"]).status_code == 200


def test_who_has_no_role_is_told_so(client: Client) -> None:
    answer = signed_in(client, None).get("/")
    assert answer.status_code == 403
    assert "Ask an administrator" in answer.content.decode()


def test_viewers_see_the_network_and_cannot_start_a_discovery(client: Client, network: Any) -> None:
    page = signed_in(client, "viewer").get("/").content.decode()
    core, access, link = network
    assert f'href="/devices/{core.pk}/"' in page
    assert f'data-link="{link.pk}"' in page
    assert "core1.lab Gi0/1 – access1 Gi0/24: down (seen by LLDP)" in page  # noqa: RUF001 # as on the map
    assert f'<a class="device unreachable" href="/devices/{access.pk}/"' in page
    assert 'id="discover"' not in page


def test_operators_get_the_form_that_starts_a_discovery(client: Client) -> None:
    page = signed_in(client, "operator").get("/").content.decode()
    assert 'id="discover"' in page
    assert "No devices yet" in page


def test_the_page_takes_the_same_number_of_queries_for_any_number_of_devices(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    signed_in(client, "viewer")
    hub = add_device("core1", role="switch")
    for number in range(60):
        leaf = add_device(f"access{number}", role="switch")
        Link.objects.create(key=f"{number}", a_device=hub, b_device=leaf, first_seen=NOW)
    with django_assert_max_num_queries(6):
        assert client.get("/").content.decode().count('class="wire unknown"') == 60


def test_a_device_page_shows_its_facts_interfaces_and_links_from_its_own_side(client: Client, network: Any) -> None:
    core, access, _ = network
    signed_in(client, "viewer")
    page = client.get(f"/devices/{core.pk}/").content.decode()
    for text in ("Cisco", "C9500", "127.10.0.1", "Gi0/1", "10G", "00:11:22:33:44:55", "10.1.0.1/24", ">access1</a>"):
        assert text in page
    other = client.get(f"/devices/{access.pk}/").content.decode()
    assert ">core1.lab</a>" in other
    assert "unreachable" in other


def test_what_has_disappeared_is_not_shown(client: Client, network: Any) -> None:
    core, _, link = network
    Interface.objects.filter(device=core).update(last_seen=NOW, name="gone0")
    link.last_seen = NOW
    link.save()
    signed_in(client, "viewer")
    assert "gone0" not in client.get(f"/devices/{core.pk}/").content.decode()
    assert "data-link" not in client.get("/").content.decode()


def test_a_device_that_does_not_exist_is_a_404(client: Client) -> None:
    assert signed_in(client, "viewer").get("/devices/4711/").status_code == 404


def test_what_devices_say_of_themselves_cannot_become_markup(client: Client) -> None:
    evil = "<script>alert(1)</script>"
    device = add_device(evil, description=evil, vendor=evil, model=evil, role=evil)
    add_interface(device, 1, name=evil, alias=evil)
    signed_in(client, "viewer")
    for path in ("/", f"/devices/{device.pk}/"):
        assert "<script>alert" not in client.get(path).content.decode()


@pytest.mark.parametrize("path", ["/", "/login/"])
def test_no_page_holds_inline_script_or_style(client: Client, network: Any, path: str) -> None:
    if path != "/login/":
        signed_in(client, "admin")
    page = client.get(path).content.decode()
    assert "<script>" not in page
    assert "style=" not in page
    assert " onclick" not in page
    assert "http://" not in page, "nothing is fetched from elsewhere"


def test_pages_forbid_foreign_scripts_and_are_not_cached(client: Client) -> None:
    answer = signed_in(client, "viewer").get("/")
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]


def test_a_page_cannot_be_posted_to(client: Client) -> None:
    assert signed_in(client, "admin").post("/").status_code == 405
