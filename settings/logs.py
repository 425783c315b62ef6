"""How the programs log: text for people, or a JSON object a line for machines."""

import json
import logging
import sys
from datetime import UTC, datetime

from settings.schema import Log


def configure(settings: Log) -> None:
    """Send every logger to standard error, in the form and from the level that the settings name."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if settings.json_lines else logging.Formatter(_TEXT, "%Y-%m-%d %H:%M:%S"))
    logging.basicConfig(level=settings.level, handlers=[handler], force=True)
    # They log the texts and addresses of what is sent at lower levels, and a webhook's address is its secret.
    for name in ("apprise", "urllib3", "requests", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # It tells of each look at the schema.
    logging.getLogger("alembic").setLevel(logging.WARNING)


_TEXT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Return one line of JSON with UTC time, level, logger and message, and a traceback where there is one."""
        line = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
