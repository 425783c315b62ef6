"""The catalogue says everything in both languages."""

from string import Formatter

import pytest

from api import alarm_texts, texts


@pytest.mark.parametrize("catalogue", ["TITLES", "REASONS", "DESCRIPTION", "PAGE"])
def test_both_languages_have_the_same_entries(catalogue: str) -> None:
    """A missing sentence would be an error at the worst time."""
    entries = getattr(texts, catalogue)
    assert entries["es"].keys() == entries["en"].keys()


def test_the_pages_of_alarms_say_the_same_in_both() -> None:
    """The words of JSON are among the keys."""
    assert alarm_texts.ALARMS["es"].keys() == alarm_texts.ALARMS["en"].keys()


def test_both_languages_fill_in_the_same_facts() -> None:
    """The same braces in both."""

    def facts(sentence: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(sentence) if name}

    for key, sentence in texts.REASONS["es"].items():
        assert facts(sentence) == facts(texts.REASONS["en"][key]), key
