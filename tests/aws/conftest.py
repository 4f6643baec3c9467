"""One emulator for all tests, one stack per way of starting."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cloud import Cloud
from deploy import deploy, upload
from emulator import Emulator

# The made-up shop, and how DMS writes its changes.
sys.path.append(str(Path(__file__).parents[1] / "python"))


@pytest.fixture(scope="session")
def aws():
    with Emulator() as emulator:
        upload(emulator)
        yield emulator


@pytest.fixture(scope="session")
def estrella() -> Path:
    """The command line tool that was built."""
    return Path(os.environ["ESTRELLA_BIN"])


@pytest.fixture(scope="session")
def week(estrella, tmp_path_factory) -> list[Path]:
    """A week of shop events, a file per day."""
    out = tmp_path_factory.mktemp("week")
    command = [estrella, "generate", "--rows", "7000", "--days", "7", "--seed", "11", "--out", out]
    subprocess.run(command, check=True, capture_output=True)
    return sorted(out.glob("*.csv.gz"))


@pytest.fixture
def cloud(aws, request) -> Cloud:
    """A stack of this test's own, which runs on a schedule."""
    return Cloud(deploy(aws, name_of(request)))


@pytest.fixture
def arriving(aws, request) -> Cloud:
    """The same, which loads whenever a file arrives."""
    return Cloud(deploy(aws, name_of(request), TriggerMode="on-arrival"))


def name_of(request) -> str:
    """A valid name of an environment."""
    return f"t{abs(hash(request.node.name)) % 10**8}"
