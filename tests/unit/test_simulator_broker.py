"""The private broker's configuration: the development file with our lines in place of its own."""

from simulator import broker


def test_a_line_is_replaced_where_there_is_one_and_else_appended() -> None:
    """Mosquitto would open two listeners, and refuses some options that are there twice."""
    given = "# why\nlistener 1883 127.0.0.1\npersistence true\n"
    rendered = broker.render(given, {"listener": "4711 127.0.0.1", "persistence_location": "/somewhere/"})
    assert rendered == "# why\nlistener 4711 127.0.0.1\npersistence true\npersistence_location /somewhere/\n"


def test_the_development_broker_listens_on_loopback_alone() -> None:
    """It has no logins, so it must not be reachable from anywhere else."""
    lines = broker.CONFIG.read_text(encoding="utf-8").splitlines()
    assert [line.split()[2] for line in lines if line.startswith("listener")] == ["127.0.0.1"]
