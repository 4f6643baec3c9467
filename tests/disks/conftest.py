"""Disks of a size that a test chooses, and lakes on them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

# Lakes, and what a shop delivers.
sys.path.append(str(Path(__file__).parents[1] / "python"))

import deliveries
from deliveries import Deliveries
from lakes import Estrella

AMPLE_KIB = 1 << 18


@dataclass(frozen=True)
class Disk:
    """A file system in memory."""

    folder: Path

    def mount(self, *options: str, how: str = "tmpfs") -> None:
        command = ["mount", "-t", how, "-o", ",".join(options), how, str(self.folder)]
        subprocess.run(command, check=True, capture_output=True)

    def resize(self, kib: int) -> None:
        self.mount("remount", f"size={kib}k")

    def used_kib(self) -> int:
        status = os.statvfs(self.folder)
        return (status.f_blocks - status.f_bfree) * status.f_frsize // 1024

    def leave_free(self, kib: int) -> None:
        self.resize(self.used_kib() + kib)

    def read_only(self) -> None:
        self.mount("remount", "ro")

    def writable(self) -> None:
        self.mount("remount", "rw")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    if "ESTRELLA_MAY_MOUNT" not in os.environ:
        pytest.skip("nothing can be mounted here, neither as root nor in a user's namespace (see in_namespace.py)")
    disk = Disk(tmp_path / "disk")
    disk.folder.mkdir()
    disk.mount(f"size={AMPLE_KIB}k")
    yield disk
    # PyIceberg keeps the catalog open.
    subprocess.run(["umount", "--lazy", disk.folder], check=True)


@pytest.fixture(scope="session")
def estrella() -> Estrella:
    return Estrella(Path(os.environ["ESTRELLA_BIN"]))


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Deliveries:
    return deliveries.make(tmp_path_factory.mktemp("deliveries"), seed=21)


@pytest.fixture(scope="session")
def flags(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    key_file = tmp_path_factory.mktemp("key") / "pii.key"
    key_file.write_text("0123456789abcdef0123456789abcdef\n")
    # What comes first lacks much of what belongs to it, and the gates would say so.
    return ("--accept-gates", "--pii-key-file", key_file)
