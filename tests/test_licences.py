"""What may be passed on with a product is known, and the page about it is of today's locks."""

import re
from pathlib import Path

import pytest

from scripts.packaging import licences

PAGE = Path(__file__).parents[1] / "docs" / "licences.md"
MAY_BE_PASSED_ON = re.compile(
    r"(MIT|MIT-0|0BSD|BSD( License)?|BSD-[23]-Clause|Apache-2\.0|ISC|PSF-2\.0|Zlib|CC0-1\.0"
    r"|MPL-2\.0|EPL-2\.0|LGPL-3\.0-only)"
)
"""With a closed product, too; the libraries under the LGPL as the files that they are."""


def test_the_page_is_made_from_the_locks_of_today() -> None:
    assert PAGE.read_text(encoding="utf-8") == licences.page(), (
        "python -m scripts.packaging.licences > docs/licences.md"
    )


@pytest.mark.parametrize("lock", ["device", "desk"])
def test_whatever_is_installed_may_be_passed_on(lock: str) -> None:
    for name, _version in licences.pinned(lock):
        for one in re.split(r" or | and ", licences.licence(name)):
            assert MAY_BE_PASSED_ON.fullmatch(one), (name, one)


def test_a_library_that_says_nothing_would_be_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.metadata.metadata", lambda _name: _Silent())
    assert not MAY_BE_PASSED_ON.fullmatch(licences.licence("numpy"))


class _Silent(dict[str, str]):
    """A library's metadata without a word about its licence."""

    def __missing__(self, key: str) -> None:
        return None

    def get_all(self, _key: str) -> None:
        return None
