"""The catalogue says everything in both languages."""

from collections.abc import Mapping
from string import Formatter

import pytest

from alerts.transition import Change
from api import action_texts, alarm_texts, overview_texts, texts
from api.alarm_document import CHANGES
from settings.schema import Language


@pytest.mark.parametrize("catalogue", ["TITLES", "REASONS", "DESCRIPTION", "PAGE"])
def test_both_languages_have_the_same_entries(catalogue: str) -> None:
    """A missing sentence would be an error at the worst time."""
    entries = getattr(texts, catalogue)
    assert entries["es"].keys() == entries["en"].keys()


PAGES = [texts.PAGE, alarm_texts.ALARMS, overview_texts.OVERVIEW, action_texts.ACTIONS]


@pytest.mark.parametrize("catalogue", PAGES)
def test_the_pages_say_the_same_in_both(catalogue: Mapping[Language, Mapping[str, str]]) -> None:
    """The words of JSON are among the keys."""
    assert catalogue["es"].keys() == catalogue["en"].keys()


def test_every_change_of_an_alarm_has_its_word() -> None:
    """In JSON, and on the page."""
    assert CHANGES.keys() == set(Change)
    known = {*alarm_texts.ALARMS["es"], *action_texts.ACTIONS["es"]}
    assert set(CHANGES.values()) <= known


def test_both_languages_fill_in_the_same_facts() -> None:
    """The same braces in both."""

    def facts(sentence: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(sentence) if name}

    for key, sentence in texts.REASONS["es"].items():
        assert facts(sentence) == facts(texts.REASONS["en"][key]), key
