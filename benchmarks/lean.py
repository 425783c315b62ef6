"""`python -m benchmarks.lean ingest …`: run a program as in the image, where training's tools are not installed.

XGBoost imports pandas and scikit-learn wherever it finds them, which a developer pays with 130 MB and seconds.
"""

import runpy
import sys
from typing import Final

ABSENT: Final = ("pandas", "sklearn", "pyarrow")


def main() -> None:
    """Run the module that is named first, with the arguments behind it."""
    for name in ABSENT:
        sys.modules[name] = None  # type: ignore[assignment] # that is how Python notes that there is none
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
