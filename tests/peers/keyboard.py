"""A person at a browser who has no mouse, and an axe-core that reads each page along.

window = KeyboardWindow(context.new_page(), url, pictures)
window.come_in("camille")
window.press("form[data-action=next] button")
window.look("case")
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.escalation.live_desk import PASSWORD
from tests.peers.chromium import TABS_MAX, Page, assert_accessible, expect, tab_to

VIEWS = {
    "en": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "fr": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
}
"""A desktop in light, and a telephone in dark."""
REMEMBER = """() => {
  window.unfolded = [...document.querySelectorAll('details:not([open])')];
  for (const folded of window.unfolded) folded.open = true;
  const shown = one => one.checkVisibility({visibilityProperty: true}) && !one.disabled;
  const all = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
  window.notReached = new Set([...document.querySelectorAll(all)].filter(shown));
  document.activeElement.blur();
  return window.notReached.size;
}"""
"""Unfold everything, and remember what somebody may want to use."""

REACHED = """() => {
  const here = document.activeElement;
  for (const one of [...window.notReached]) {
    // The arrow keys lead from one radio button to the others of its question.
    const alike = one.type === 'radio' && here.type === 'radio' && one.name === here.name;
    if (one === here || alike || !one.isConnected) window.notReached.delete(one);
  }
  return [...window.notReached].map(one => one.outerHTML.slice(0, 120));
}"""


FOCUSED_LINK = "document.activeElement.matches('a') ? document.activeElement.textContent : ''"
FOLD_AGAIN = "() => { for (const folded of window.unfolded) folded.open = false; }"


@dataclass(frozen=True)
class KeyboardWindow:
    """One person's window at a desk."""

    page: Page
    url: str
    pictures: Path

    def come_in(self, name: str) -> None:
        """Log in."""
        self.page.context.clear_cookies()
        self.page.goto(self.url)
        self.write("[name=username]", name)
        self.write("[name=password]", PASSWORD)
        self._enter()

    def open(self, words: str) -> None:
        """Follow the first link with these words."""
        for _ in range(TABS_MAX):
            self.page.keyboard.press("Tab")
            if words in self.page.evaluate(FOCUSED_LINK):
                self._enter()
                return
        pytest.fail(f"{words} cannot be reached with the Tab key")

    def press(self, selector: str) -> None:
        """Follow a link, or press a button."""
        tab_to(self.page, selector)
        self._enter()

    def unfold(self, selector: str) -> None:
        """Unfold the part that this summary folds away."""
        tab_to(self.page, selector)
        self.page.keyboard.press("Enter")

    def write(self, field: str, text: str) -> None:
        """Write into a field, in the place of what stands there; a time is one before noon."""
        tab_to(self.page, field)
        if self.page.locator(field).get_attribute("type") == "time":
            # Where a day has 24 hours, the letters are passed over.
            text = f"{text.replace(':', '')}AM"
        else:
            self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def tick(self, box: str) -> None:
        """Tick a box."""
        tab_to(self.page, box)
        self.page.keyboard.press("Space")

    def choose(self, radio: str, words: str) -> None:
        """Choose the answer to a question that has these words, or this value."""
        tab_to(self.page, radio)
        self.page.keyboard.press("Space")
        for _ in range(self.page.locator(radio).count()):
            chosen = self.page.locator("label", has=self.page.locator(f"{radio}:checked"))
            value = self.page.input_value(f"{radio}:checked")
            if value == words or words in chosen.inner_text():
                return
            self.page.keyboard.press("ArrowDown")
        pytest.fail(f"{words} is not among the answers")

    def look(self, name: str) -> None:
        """Read the page as it is: axe-core, whether Tab leads to all of it, and the legend."""
        left = [f"{self.page.evaluate(REMEMBER)} in all"]
        for _ in range(TABS_MAX):
            self.page.keyboard.press("Tab")
            left = self.page.evaluate(REACHED)
            if not left:
                break
        assert not left, f"{name}: Tab does not lead to {left}"
        expect(self.page.locator(".keys")).to_be_visible()
        assert_accessible(self.page)
        self.page.screenshot(path=self.pictures / f"{name}.png", full_page=True)
        self.page.evaluate(FOLD_AGAIN)

    def _enter(self) -> None:
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
