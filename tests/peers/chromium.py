"""Chromium as the tests drive it: it asks nobody on the network, and axe-core reads along.

Without playwright or axe every file that imports this is skipped, and says so.
"""

import contextlib
import shutil
from collections.abc import Iterator

import pytest

try:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import (
        Browser,
        BrowserContext,
        ConsoleMessage,
        Locator,
        Page,
        ViewportSize,
        expect,
    )
    from playwright.sync_api import Error as NoPage
    from playwright.sync_api import sync_playwright as start_playwright
except ImportError:
    pytest.skip("playwright or axe is not installed", allow_module_level=True)

__all__ = [
    "TABS_MAX",
    "Axe",
    "Browser",
    "BrowserContext",
    "ConsoleMessage",
    "Locator",
    "NoPage",
    "Page",
    "ViewportSize",
    "assert_accessible",
    "chromium",
    "expect",
    "needs_chromium",
    "tab_to",
]

TABS_MAX = 200
"""No page has so much to choose from."""

_PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
_QUIET_AND_OFFLINE = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

needs_chromium = pytest.mark.skipif(_PROGRAM is None, reason="chromium is not installed")


@contextlib.contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    """Start a browser, with these flags beside the usual ones, and end it."""
    with start_playwright() as playwright:
        args = [*_QUIET_AND_OFFLINE, *more]
        started = playwright.chromium.launch(executable_path=_PROGRAM, args=args)
        yield started
        started.close()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus, as somebody without a mouse would."""
    for _ in range(TABS_MAX):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    pytest.fail(f"{selector} cannot be reached with the Tab key")


def assert_accessible(page: Page) -> None:
    """Look with axe-core, and for sideways scrolling."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
