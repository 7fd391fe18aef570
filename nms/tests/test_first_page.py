"""The first page in a real browser, with the lab behind it: sign in, map, live events, a discovery, the keyboard."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from common.tests.hub_process import HubProcess
from nms.tests.browser import Browser, running_browser
from nms.tests.lab import control_lab
from nms.tests.lab_addresses import lab_addresses  # noqa: F401 - a fixture
from nms.tests.programs import clean_environment, manage
from nms.tests.running_hub import RunningHub, running_hub

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium", "chromedriver")]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def hub(data_dir: Path) -> Iterator[RunningHub]:
    with running_hub(data_dir, NMS_LAB="1", NMS_WATCH_INTERVAL_SECONDS="1") as hub:
        hub.process.wait_for(r"Discovered the lab network", 120)
        yield hub


@pytest.fixture(scope="module")
def chromium(program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    folder = tmp_path_factory.mktemp("chromium")
    with running_browser(folder, chromium=program("chromium"), chromedriver=program("chromedriver")) as browser:
        yield browser


@pytest.fixture
def browser(chromium: Browser, hub: RunningHub) -> Browser:
    """Signed in, on the first page, with no complaint from before."""
    chromium.delete_all_cookies()
    chromium.sign_in(hub.url, hub.password)
    chromium.wait(lambda: chromium.find("#live").text == "live")
    chromium.complaints()
    return chromium


def test_a_wrong_password_is_told_and_the_right_one_leads_in(chromium: Browser, hub: RunningHub) -> None:
    chromium.delete_all_cookies()
    chromium.sign_in(hub.url, "not the password")
    assert "correct" in chromium.find("[role=alert]").text
    chromium.sign_in(hub.url, hub.password)
    assert chromium.find("#map-title").text == "Map"


def test_the_map_shows_every_device_and_link_and_the_console_stays_clean(browser: Browser, hub: RunningHub) -> None:
    assert browser.count("svg.map a.device") == 40
    assert browser.count("svg.map .wire") == 69
    assert browser.count("#devices tbody tr") == 40
    browser.wait(lambda: browser.count("#events li") > 10)
    assert browser.complaints() == []


def test_a_device_that_falls_silent_is_marked_without_a_reload(browser: Browser, data_dir: Path) -> None:
    browser.execute_script("window.notReloaded = true")
    device = "svg.map a.device[aria-label^='access-03:']"
    assert "reachable" in browser.find(device).get_dom_attribute("class").split()
    try:
        control_lab(data_dir, "silence", "access-03")
        browser.wait(lambda: "unreachable" in browser.find(device).get_dom_attribute("class").split())
        browser.wait(lambda: "access-03 is unreachable" in browser.find("#events").text)
        browser.wait(lambda: "Unreachable\n1" in browser.find("#overview").text)
    finally:
        control_lab(data_dir, "restore")
    browser.wait(lambda: "unreachable" not in browser.find(device).get_dom_attribute("class").split())
    assert browser.execute_script("return window.notReloaded")


def test_a_device_on_the_map_leads_to_its_page_by_keyboard(browser: Browser) -> None:
    browser.execute_script("document.querySelector('svg.map a.device').focus()")
    focused = browser.switch_to.active_element
    name = focused.get_dom_attribute("aria-label").split(":")[0]
    assert browser.count(".wire.lit") > 0, "the links of the device in focus are lit"
    focused.send_keys(Keys.ENTER)
    browser.wait(lambda: browser.find("h1").text == name)
    assert browser.count("table.interfaces tbody tr") > 0
    browser.wait(lambda: browser.find("#live").text == "live")
    assert browser.complaints() == []


def test_the_map_zooms_and_moves_by_keyboard_and_buttons(browser: Browser) -> None:
    map_ = browser.find("svg.map")
    whole = map_.get_dom_attribute("viewBox")
    map_.send_keys("+")
    zoomed = [float(number) for number in map_.get_dom_attribute("viewBox").split()]
    assert zoomed[2] < float(whole.split()[2])
    map_.send_keys(Keys.ARROW_RIGHT)
    assert float(map_.get_dom_attribute("viewBox").split()[0]) > zoomed[0]
    browser.find("[data-zoom=fit]").click()
    assert [float(number) for number in map_.get_dom_attribute("viewBox").split()] == [float(n) for n in whole.split()]


def test_the_device_table_is_filtered_and_sorted(browser: Browser) -> None:
    browser.find("#filter").send_keys("core")
    assert browser.texts("#devices tbody tr:not([hidden]) th") == ["core-1", "core-2"]
    for _ in "core":
        browser.find("#filter").send_keys(Keys.BACKSPACE)
    names = browser.texts("#devices tbody th")
    assert len(names) == 40
    browser.find("#devices thead th:first-child button").click()
    assert browser.texts("#devices tbody th") == names[::-1]


def test_an_operator_starts_a_discovery_from_the_page(browser: Browser) -> None:
    browser.find("details.discover summary").click()
    browser.find("#targets").send_keys("127.10.0.0/26")
    port = browser.execute_script("return document.querySelector('#port').value")
    assert port == "161"
    browser.find("#discover button").click()
    browser.wait(lambda: "Discovery succeeded" in browser.find("#run").text)


def test_what_the_server_refuses_is_told_beside_the_form(browser: Browser) -> None:
    browser.find("details.discover summary").click()
    browser.find("#targets").send_keys("8.8.8.8, 10.0.0.0/99")
    browser.find("#discover button").click()
    browser.wait(lambda: "10.0.0.0/99" in browser.find("#run").text)
    assert "failed" in browser.find("#run").get_dom_attribute("class").split()


def test_the_page_comes_back_to_life_with_the_server(chromium: Browser, tmp_path: Path) -> None:
    hub = HubProcess(tmp_path, NMS_LAB="0")
    try:
        password = hub.wait_for(r"Password: (\S+)", 120)[1]
        chromium.delete_all_cookies()
        chromium.sign_in(hub.url, password)
        chromium.wait(lambda: chromium.find("#live").text == "live")
        hub.send(signal.SIGINT)
        hub.wait(60)
        chromium.wait(lambda: "not connected" in chromium.find("#live").text)
        hub = HubProcess(tmp_path, port=hub.port, NMS_LAB="0")
        chromium.wait(lambda: chromium.find("#live").text == "live")
        discovery = ["discover", "127.10.0.1", "--port", "9", "--timeout", "0.1", "--retries", "0"]
        manage(*discovery, environment=clean_environment(NMS_DATA_DIR=str(tmp_path)), expect=1)
        chromium.wait(lambda: "Discovery" in chromium.find("#events").text)
    finally:
        hub.kill()
