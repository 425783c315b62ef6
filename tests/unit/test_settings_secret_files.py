"""Settings whose value stands in a file of its own."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import SettingsError, load, secret_files
from settings.load import variables


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start from an empty folder and no variables of ours."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("VIGIA_")]:
        monkeypatch.delenv(name)


def set_file(monkeypatch: pytest.MonkeyPatch, variable: str, content: str) -> None:
    """Write a file into this folder and name it in a variable."""
    Path("secret").write_text(content, encoding="utf-8")
    monkeypatch.setenv(variable, "secret")


def mistake() -> str:
    """Return what is said of the settings."""
    with pytest.raises(SettingsError) as caught:
        load()
    return str(caught.value)


def test_a_password_is_the_files_content_without_its_line_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spaces belong to it, what an editor appends does not."""
    set_file(monkeypatch, "VIGIA_MQTT__PASSWORD_FILE", " clave con espacios \r\n")
    password = load().mqtt.password
    assert password is not None
    assert password.get_secret_value() == " clave con espacios "


def test_any_setting_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists as JSON, numbers, and those at the top, as their variables take them."""
    set_file(monkeypatch, "VIGIA_ALERTS__RECEIVERS_FILE", '["json://a"]\n')
    assert load().alerts.receivers[0].url.get_secret_value() == "json://a"
    set_file(monkeypatch, "VIGIA_ALERTS__RECEIVERS_FILE", "[]")
    monkeypatch.setenv("vigia_api__port_file", "port")
    Path("port").write_text("8080\n", encoding="utf-8")
    monkeypatch.setenv("VIGIA_DATA_FILE", "data")
    Path("data").write_text("x.csv", encoding="utf-8")
    assert (load().alerts.receivers, load().api.port, load().data) == ((), 8080, Path("x.csv"))


def test_a_file_ranks_as_its_variable_would(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over vigia.yaml, below the options."""
    Path("vigia.yaml").write_text("mqtt: {username: yaml, client_id: yaml}\n", encoding="utf-8")
    set_file(monkeypatch, "VIGIA_MQTT__USERNAME_FILE", "file")
    assert (load().mqtt.username, load().mqtt.client_id) == ("file", "yaml")
    assert load(options={"mqtt": {"username": "option"}}).mqtt.username == "option"


def test_the_variable_is_named_when_its_file_is_no_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing, a folder, not text, not a value."""
    monkeypatch.setenv("VIGIA_MQTT__PASSWORD_FILE", "nowhere")
    assert mistake() == "VIGIA_MQTT__PASSWORD_FILE: nowhere: No such file or directory"
    monkeypatch.setenv("VIGIA_MQTT__PASSWORD_FILE", ".")
    assert mistake() == "VIGIA_MQTT__PASSWORD_FILE: .: Is a directory"
    Path("secret").write_bytes(b"\xff")
    monkeypatch.setenv("VIGIA_MQTT__PASSWORD_FILE", "secret")
    assert mistake() == "VIGIA_MQTT__PASSWORD_FILE: secret: not UTF-8"
    monkeypatch.delenv("VIGIA_MQTT__PASSWORD_FILE")
    set_file(monkeypatch, "VIGIA_MQTT__PORT_FILE", "many")
    assert mistake().startswith("VIGIA_MQTT__PORT_FILE: mqtt.port: ")


def test_a_value_and_a_file_for_the_same_setting_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or one would win silently, and somebody rotates the other."""
    monkeypatch.setenv("VIGIA_API__KEY", "a")
    set_file(monkeypatch, "VIGIA_API__KEY_FILE", "b")
    assert mistake() == "VIGIA_API__KEY_FILE: VIGIA_API__KEY is set as well; only one of the two can hold"


def test_an_empty_variable_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose passes an empty one where nothing was chosen."""
    monkeypatch.setenv("VIGIA_API__KEY_FILE", "")
    assert load().api.key is None


@pytest.mark.parametrize("name", ["VIGIA_MQTT__PASWORD_FILE", "VIGIA_FILE", "VIGIA_API__KEY_FILE_FILE"])
def test_a_file_for_no_setting_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As any unknown variable."""
    monkeypatch.setenv(name, "secret")
    assert mistake() == f"{name}: there is no such setting"


def test_no_setting_has_a_name_that_reads_as_a_file_of_another() -> None:
    """Else the rule would have two meanings."""
    assert {name for name in variables() if name.removesuffix(secret_files.SUFFIX) in variables() - {name}} == set()


@given(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])))
def test_a_value_survives_the_way_through_a_file(value: str) -> None:
    """Whatever its characters."""
    path = Path("secret")
    path.write_text(value + "\n", encoding="utf-8", newline="")
    assert secret_files.values({"VIGIA_API__KEY_FILE": "secret"}, variables()) == {"VIGIA_API__KEY": value}
