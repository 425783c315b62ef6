"""Who gets which language, and who gets the page."""

import pytest

from api.negotiation import language, wants_page

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "es"),
        ("*", "es"),
        ("es-CL,es;q=0.9,en;q=0.8", "es"),
        ("en-GB,en;q=0.9,es;q=0.8", "en"),
        ("de,en;q=0.3", "en"),
        ("de", "es"),
        ("en;q=0", "es"),
        ("EN", "en"),
        ("en;q=much", "es"),
        ("en;q=nan", "es"),
        (";;,,q=", "es"),
    ],
)
def test_english_only_for_those_who_prefer_it(header: str, expected: str) -> None:
    """Weights count, regions do not, and nonsense means Spanish."""
    assert language(header) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (BROWSER, True),
        ("text/*", True),
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/html;q=0.5, application/json", False),
        ("application/*, text/html;q=0.9", False),
    ],
)
def test_the_page_is_for_those_who_prefer_html(header: str, expected: bool) -> None:  # noqa: FBT001
    """curl, which takes anything, gets JSON."""
    assert wants_page(header) is expected
