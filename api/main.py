"""Starts the HTTP service: `python -m api`, or `python -m api.main`, on port 8000 if nothing else is said."""

import gc
import logging
import signal
import socket
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api import VERSION
from api.app import create_app
from api.judge import Judge
from api.live import Live
from api.registry import RegistryError
from model import threads
from settings import Settings, SettingsError, load, logs

GRACE: Final = 5
"""Seconds that open requests have to end when the service stops; without it one open stream keeps it for ever."""

log = logging.getLogger("api")
program = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)


@program.command()
def serve(
    config: Annotated[Path | None, typer.Option(help="File of settings instead of vigia.yaml.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0: a free one.")] = None,
) -> None:
    """Serve POST /potabilidad, the page, and the health of the service."""
    # uvicorn listens to signals only once it serves, and raises them again when it has shut down. Until then process 1
    # of a container would not hear them at all.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        settings = load(config, {"api": {"host": host, "port": port}})
    except SettingsError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
    logs.configure(settings.log)
    # Our own first lines say what uvicorn's would.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    try:
        run(settings)
    except RegistryError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None


def run(settings: Settings) -> None:
    """Serve until a signal comes."""
    app = create_app(settings)
    # No access log: a line per request costs more than judging the sample, and /metrics counts them all.
    config = uvicorn.Config(
        app,
        settings.api.host,
        settings.api.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
    )
    # What a proxy says of its client is for pages with links; uvicorn would look for it in each sample too, for 4 µs.
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=config.forwarded_allow_ips)
    config.load()
    listener = config.bind_socket()
    listener.listen(config.backlog)  # who reads the address in the log may connect at once
    introduce(app.state.bench.judge, *listener.getsockname()[:2])
    threads.single()
    # What has been built by now stays for good. Left to the collector, each full pass over numpy's and SciPy's
    # objects holds every request up for some 40 ms.
    gc.collect()
    gc.freeze()
    _Server(config, app.state.live).run([listener])


class _Server(uvicorn.Server):
    """Ends the streams of open pages first: uvicorn waits for every answer to be complete."""

    def __init__(self, config: uvicorn.Config, live: Live) -> None:
        super().__init__(config)
        self._live = live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        self._live.close()
        await super().shutdown(sockets)


def introduce(judge: Judge | None, host: str, port: int) -> None:
    """Log the first lines: versions, the page, and what prior and threshold imply."""
    log.info("Vigía %s, model %s", VERSION, judge.metadata.version if judge else "none")
    log.info("page http://%s:%d/", f"[{host}]" if ":" in host else host, port)
    if judge:
        judge.tell_rates()


if __name__ == "__main__":
    program()
