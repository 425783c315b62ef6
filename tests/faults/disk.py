"""A small disk for the store alone, so that it can be filled, be made read-only, and fail."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

SIZE: Final = 2 << 30
"""Bytes: half an hour at 1,000 readings a second takes 450 MB and the log beside it; the file is sparse."""
REPAIRED: Final = 1
"""Exit code of e2fsck when all is well again."""


class Disk:
    """An ext4 file system in a file, mounted on a folder while entered; `mounted` is whether we may (root).

    Ext4, for what memory disks cannot do: refuse writes to those who have a file open already.
    """

    def __init__(self, folder: Path, image: Path) -> None:
        """Take the folder and the file."""
        self._folder = folder
        self._image = image
        self.mounted = False

    def __enter__(self) -> Self:
        """Make and mount it."""
        with self._image.open("wb") as file:
            file.truncate(SIZE)
        with contextlib.suppress(subprocess.CalledProcessError, FileNotFoundError):
            _run("mkfs.ext4", "-q", "-m", "0", str(self._image))
            self._mount()
            self.mounted = True
        return self

    def __exit__(self, *_: object) -> None:
        """Take it away, and the file with it."""
        if self.mounted:
            _run("umount", "-l", str(self._folder))
        self._image.unlink()

    def fill(self, ballast: Path) -> None:
        """Write a file that leaves no byte."""
        step = SIZE
        with ballast.open("wb") as file:
            while step >= 4096:
                try:
                    os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, step)
                except OSError:
                    step //= 2

    def remount(self, how: str) -> None:
        """Mount it as `ro` or `rw`; `ro` only while nobody has a file open for writing."""
        _run("mount", "-o", f"remount,{how}", str(self._folder))

    @contextlib.contextmanager
    def untouchable(self, *files: Path) -> Iterator[None]:
        """Refuse every write to files, to root as well and to those who have them open."""
        names = [str(file) for file in files]
        _run("chattr", "+i", *names)
        try:
            yield
        finally:
            _run("chattr", "-i", *names)

    def fail(self) -> None:
        """Do what the kernel does when a disk returns errors: read-only at once, and what was not synced is lost."""
        _run("mount", "-o", "remount,abort", str(self._folder))

    def repair(self) -> None:
        """Check and mount it again, as after a restart of the computer; nobody may have it open."""
        _run("umount", str(self._folder))
        with contextlib.suppress(subprocess.CalledProcessError):
            _run("e2fsck", "-p", str(self._image))
        self._mount()

    def _mount(self) -> None:
        _run("mount", "-o", "loop", str(self._image), str(self._folder))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
