"""What the tests share: the built binary, asked for the statistics of two columns."""

from __future__ import annotations

import json
import math
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).resolve().parents[2]

Drift = Callable[[pa.Array, pa.Array], dict[str, Any]]


def run(*args: object) -> subprocess.CompletedProcess[str]:
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    binary = Path(os.environ.get("ESTRELLA_BIN", target / "release" / "estrella"))
    if not binary.is_file():
        pytest.fail(f"there is no {binary}; `make cli` makes it")
    command = [str(binary), *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


def compared(reference: Path, current: Path, columns: Sequence[str]) -> dict[str, Any]:
    """What the command prints of each column. JSON knows no NaN and no infinity, and nor does Estrella's."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} in JSON")

    done = run("drift", "--reference", reference, "--current", current, "--columns", ",".join(columns), "--json")
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout, parse_constant=refuse)["columns"]
    assert printed.keys() == set(columns)
    return printed


def write_csv(path: Path, columns: dict[str, pa.Array]) -> None:
    """Numbers in full, nulls as empty fields; texts are written as they are."""

    def field(value: object) -> str:
        return "" if value is None else repr(value) if isinstance(value, float) else str(value)

    rows = zip(*(map(field, column.to_pylist()) for column in columns.values()), strict=True)
    path.write_text("".join(",".join(row) + "\n" for row in [tuple(columns), *rows]))


@pytest.fixture
def drift(tmp_path: Path) -> Drift:
    """Compares two columns by way of two Parquet files."""

    def of(reference: pa.Array, current: pa.Array) -> dict[str, Any]:
        files = tmp_path / "reference.parquet", tmp_path / "current.parquet"
        for file, column in zip(files, (reference, current), strict=True):
            pq.write_table(pa.table({"x": column}), file)
        return compared(*files, ["x"])["x"]

    return of


def assert_near(actual: float, expected: float, tolerance: float, what: str) -> None:
    """To a relative tolerance; what is zero but for the other's rounding is to be zero."""
    if abs(expected) < 1e-8 and tolerance < 1e-6:
        assert abs(actual) < 1e-8, f"{what} is {actual!r}, not {expected!r}"
    else:
        near = math.isclose(actual, expected, rel_tol=tolerance, abs_tol=0.0)
        assert near or max(actual, expected) < 1e-300, f"{what} is {actual!r}, not {expected!r}"
