"""A headless Chromium for tests of the pages, driven through Debian's chromedriver."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

T = TypeVar("T")

# Without the sandbox, because tests run as root in CI; without whatever would ask the internet for something.
SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1440,1100",
)


class Browser(Chrome):
    """Looks things up by CSS selector, and waits for them."""

    def find(self, selector: str) -> WebElement:
        return self.wait(lambda: self.find_element(By.CSS_SELECTOR, selector))

    def count(self, selector: str) -> int:
        return len(self.find_elements(By.CSS_SELECTOR, selector))

    def texts(self, selector: str) -> list[str]:
        """The texts of all that match, read at once, since the page may exchange them meanwhile."""
        script = "return [...document.querySelectorAll(arguments[0])].map((found) => found.textContent.trim())"
        found: list[str] = self.execute_script(script, selector)
        return found

    def wait(self, get: Callable[[], T], *, seconds: float = 60) -> T:
        """Ask until the answer is true and no element is missing or gone."""
        ignored = (NoSuchElementException, StaleElementReferenceException)
        waiting = WebDriverWait(self, seconds, poll_frequency=0.1, ignored_exceptions=ignored)
        return waiting.until(lambda _: get())

    def sign_in(self, url: str, password: str) -> None:
        self.get(f"{url}/login/")
        self.find("input[name=username]").send_keys("admin")
        self.find("input[name=password]").send_keys(password)
        self.find(".sign-in button").click()

    def complaints(self) -> list[str]:
        """What the console holds of errors: failed requests, scripts that broke, what the page's policy forbade."""
        return [entry["message"] for entry in self.get_log("browser") if entry["level"] == "SEVERE"]


@contextlib.contextmanager
def running_browser(folder: Path, *, chromium: str, chromedriver: str) -> Iterator[Browser]:
    options = Options()
    options.binary_location = chromium
    for switch in (*SWITCHES, f"--user-data-dir={folder}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = Browser(options=options, service=Service(chromedriver))
    try:
        browser.set_page_load_timeout(120)
        yield browser
    finally:
        browser.quit()
