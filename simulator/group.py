"""A process group that outlives nobody."""

import subprocess
from typing import Self


class Group:
    """A process group that ends when we do, however that happens.

    A shell holds the reading end of a pipe of ours. When we are gone, even by SIGKILL, its `read` returns and it
    terminates the whole group. The group is not the terminal's, so that Ctrl-C reaches us alone and we end in order.
    """

    def __init__(self) -> None:
        """Start the shell."""
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", 'trap "" TERM; read -r _; kill -TERM 0'], stdin=subprocess.PIPE, process_group=0
        )
        self.id = self._shell.pid

    def __enter__(self) -> Self:
        """Return the group."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the shell terminate whoever is left."""
        self._shell.communicate()
