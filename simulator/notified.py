"""`python -m simulator.notified`: somebody to notify, who reads out what arrives. The `sink` of docker-compose.yml."""

from typing import Annotated

import typer

from simulator import stopping
from simulator.sink import Notification, Sink

PORT = 8080


class Reader(Sink):
    """A sink that prints each notification, and keeps none."""

    def take(self, notification: Notification) -> None:
        """Print it: `docker compose logs -f sink` is where people look."""
        typer.echo(f"{notification.title}\n{notification.body}\n")


def main(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = PORT,
) -> None:
    """Take what Apprise's json:// posts, until stopped."""
    stop = stopping.on_signals()
    with Reader(host, port):
        stop.wait()


if __name__ == "__main__":
    typer.run(main)
