"""`python -m grafana.make_dashboards` writes the JSON that Grafana is provisioned with, from what stands beside it."""

import json
from pathlib import Path
from typing import Final

from grafana.model_health import MODEL
from grafana.operations import OPERATIONS
from grafana.panel import LANGUAGES
from grafana.water import WATER

FOLDER: Final = Path(__file__).parent / "dashboards"
DASHBOARDS: Final = (OPERATIONS, WATER, MODEL)


def files() -> dict[Path, str]:
    """Return the content of every file: a folder for each language, since each is a folder in Grafana."""
    return {
        FOLDER / language / f"{board.name_in(language)}.json": json.dumps(
            board.json_of(language), ensure_ascii=False, indent=1
        )
        + "\n"
        for language in LANGUAGES
        for board in DASHBOARDS
    }


def write() -> None:
    """Write what is to be there, and remove what is not."""
    wanted = files()
    for stale in set(FOLDER.rglob("*.json")) - wanted.keys():
        stale.unlink()
    for path, content in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    write()
