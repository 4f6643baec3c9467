"""What the tests share: the built binary, real and synthetic input, and lakes made of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from expected import KEY
from lakes import Estrella, Lake, read_csv_gz

ROOT = Path(__file__).resolve().parents[2]
pytest_plugins = ["shop_database"]

SYNTHETIC_ROWS = 30_000
SYNTHETIC_DAYS = 4


@pytest.fixture(scope="session")
def estrella() -> Estrella:
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    binary = Path(os.environ.get("ESTRELLA_BIN", target / "release" / "estrella"))
    if not binary.is_file():
        pytest.fail(f"there is no {binary}; `make build` makes it")
    return Estrella(binary)


def data_folder() -> Path:
    """The folder of real files; it lies beside the project, not in it."""
    return Path(os.environ.get("ESTRELLA_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def rees46() -> Path:
    """The folder with real files of the public dataset."""
    folder = data_folder() / "rees46"
    if not (folder / "2019-Oct_head_17k.csv").is_file():
        pytest.skip(f"the real files are not in {folder}; ESTRELLA_DATA names another folder")
    return folder


@pytest.fixture(scope="session")
def synthetic_csv(estrella: Estrella, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Synthetic events of some days in one CSV."""
    folder = tmp_path_factory.mktemp("synthetic")
    raw = folder / "raw"
    estrella.call("generate", "--rows", SYNTHETIC_ROWS, "--days", SYNTHETIC_DAYS, "--seed", 5, "--out", raw)
    files = [read_csv_gz(file).splitlines(keepends=True) for file in sorted(raw.iterdir())]
    events = folder / "events.csv"
    events.write_text(files[0][0] + "".join(line for lines in files for line in lines[1:]))
    return events


@pytest.fixture(scope="session")
def synthetic(estrella: Estrella, synthetic_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The lake of the synthetic events. Tests read it and leave it as it is."""
    lake = Lake(tmp_path_factory.mktemp("synthetic-lake") / "lake", estrella)
    lake.load(synthetic_csv)
    return lake


@pytest.fixture(scope="session")
def real(estrella: Estrella, rees46: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The lake of the real file. Tests read it and leave it as it is."""
    lake = Lake(tmp_path_factory.mktemp("real-lake") / "lake", estrella)
    lake.load(rees46 / "2019-Oct_head_17k.csv")
    return lake


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the key of tokens, so that several lakes have the same."""
    path = tmp_path_factory.mktemp("key") / "pii.key"
    path.write_text(KEY + "\n")
    return path


@pytest.fixture
def new_lake(estrella: Estrella, tmp_path: Path) -> Iterator[Lake]:
    lake = Lake(tmp_path / "lake", estrella)
    yield lake
    lake.check()


@pytest.fixture
def raw(new_lake: Lake) -> Path:
    """The folder that change files are put into."""
    return new_lake.folder.parent / "raw"
