"""Settings: who wins, and what is said about a mistake."""

from pathlib import Path

import pytest

from settings import SettingsError, load


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start from an empty folder and no variables of ours."""
    import os  # noqa: PLC0415 - only here

    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("VIGIA_")]:
        monkeypatch.delenv(name)


def mistake(text: str) -> str:
    """Return what is said about a file."""
    Path("vigia.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load()
    return str(caught.value)


def test_file_is_beaten_by_environment_and_both_by_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each key by itself."""
    Path("vigia.yaml").write_text("mqtt: {host: file, port: 1, client_id: file}\n", encoding="utf-8")
    monkeypatch.setenv("VIGIA_MQTT__HOST", "environment")
    monkeypatch.setenv("VIGIA_MQTT__PORT", "2")
    mqtt = load(options={"mqtt": {"port": 3, "host": None}}).mqtt
    assert (mqtt.client_id, mqtt.host, mqtt.port) == ("file", "environment", 3)


def test_receivers_are_urls_or_objects_and_get_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare URL is enough to begin with."""
    receivers = '["json://a", {"url": "json://b", "name": "turno", "severity": "confirmada"}]'
    monkeypatch.setenv("VIGIA_ALERTS__RECEIVERS", receivers)
    first, second = load().alerts.receivers
    assert (first.name, first.severity) == ("receptor-1", "presunta")
    assert (second.name, second.severity) == ("turno", "confirmada")
    assert "json://a" not in repr(first), "a URL holds tokens"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mqtt:\n  port: 1\n  port: 2\n", "vigia.yaml:3: found duplicate key"),
        ("mqtt:\n  hots: x\n", "vigia.yaml:2: mqtt.hots: there is no such setting"),
        ("store: {}\nagua: 1\n", "vigia.yaml:2: agua: there is no such setting"),
        ("mqtt:\n\n  port: 70000\n", "vigia.yaml:3: mqtt.port: "),
        ("mqtt:\n  port: no\n", "vigia.yaml:2: mqtt.port: "),
        ("model:\n  prior: 1.0\n", "vigia.yaml:2: model.prior: "),
        ("mqtt: [\n", "vigia.yaml:2: "),
        ("- mqtt\n", "vigia.yaml:1: expected sections"),
        ("alerts:\n  receivers: [{url: a, name: x}, {url: b, name: x}]\n", "vigia.yaml:2: alerts.receivers: "),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_line(text: str, said: str) -> None:
    """File, line, key."""
    assert mistake(text).startswith(said)


def test_a_mistake_in_a_variable_is_named_with_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it came from."""
    monkeypatch.setenv("VIGIA_MQTT__PORT", "many")
    with pytest.raises(SettingsError, match=r"^VIGIA_MQTT__PORT: mqtt.port: "):
        load()


def test_an_unknown_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One underscore too few would otherwise mean the default, silently."""
    monkeypatch.setenv("VIGIA_MQTT_PORT", "1884")
    with pytest.raises(SettingsError, match=r"^VIGIA_MQTT_PORT: there is no such setting"):
        load()


def test_a_file_that_was_asked_for_must_be_there() -> None:
    """Only the default one may be missing."""
    with pytest.raises(SettingsError, match=r"other\.yaml: No such file"):
        load(Path("other.yaml"))


def test_numbers_and_words_are_what_they_look_like() -> None:
    """YAML 1.2: 010 is ten, `no` is a word."""
    Path("vigia.yaml").write_text("mqtt: {port: 010, username: no}\n", encoding="utf-8")
    assert (load().mqtt.port, load().mqtt.username) == (10, "no")
