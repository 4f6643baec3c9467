"""Every statistic and p-value of `estrella drift` against scipy: distances to 1e-9, p-values to 1e-6, relative."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import expected
from cases import CATEGORICAL, NUMERIC, UNUSUAL_TEXTS, Case, counted, normal, numbers
from conftest import Drift, assert_near, compared, run, write_csv

DISTANCE = 1e-9
P_VALUE = 1e-6


def assert_agrees(actual: dict[str, Any], expected: dict[str, Any]) -> None:
    assert actual.keys() == expected.keys()
    for name, value in expected.items():
        if isinstance(value, tuple):
            assert actual[name].keys() == {"statistic", "p_value"}, name
            statistic, p_value = value
            assert_near(actual[name]["statistic"], statistic, DISTANCE, f"the statistic of {name}")
            assert_near(actual[name]["p_value"], p_value, P_VALUE, f"the p-value of {name}")
        elif isinstance(value, float):
            assert_near(actual[name], value, DISTANCE, name)
        else:
            # Counts, categories, and the edges of bins: to the last digit.
            assert actual[name] == value, name


@pytest.mark.parametrize("case", NUMERIC.values(), ids=NUMERIC)
def test_numbers(drift: Drift, case: Case) -> None:
    assert_agrees(drift(*case), expected.numeric(*case))


@pytest.mark.parametrize("case", [*CATEGORICAL.values(), UNUSUAL_TEXTS], ids=[*CATEGORICAL, "unusual texts"])
def test_categories(drift: Drift, case: Case) -> None:
    assert_agrees(drift(*case), expected.categorical(*case))


def test_the_cases_reach_where_it_is_hard() -> None:
    """That there are p-values beyond 1e-30, and not all of them are zero, of each test."""
    of = [*(expected.numeric(*case) for case in NUMERIC.values())]
    of += [expected.categorical(*case) for case in CATEGORICAL.values()]
    for test in ("psi", "chi_square", "ks", "null_share"):
        p_values = [result[test][1] for result in of if result[test]]
        assert any(0 < p < 1e-30 for p in p_values), test
        assert any(0.01 < p < 0.99 for p in p_values), test
        assert 1.0 in p_values, test


@pytest.mark.parametrize("formats", [("csv", "parquet"), ("parquet", "csv"), ("csv", "csv")], ids="-".join)
def test_files_of_either_format(tmp_path: Path, formats: tuple[str, str]) -> None:
    """Two columns at once, with nulls, NaN and infinite values."""
    price = [normal(60), numbers([None] * 5 + [float("nan")] * 4 + [float("inf")] * 3)]
    brand = [counted(a=40, b=32), counted(a=20, c=30)]
    references = {"ignored": brand[0], "price": pa.concat_arrays(price), "brand": brand[0]}
    currents = {"brand": brand[1], "price": normal(50, 0.5)}
    files = []
    for name, fmt, columns in zip(("a", "b"), formats, (references, currents), strict=True):
        files.append(tmp_path / f"{name}.{fmt}")
        if fmt == "csv":
            write_csv(files[-1], columns)
        else:
            pq.write_table(pa.table(columns), files[-1])
    printed = compared(*files, ["price", "brand"])
    assert_agrees(printed["price"], expected.numeric(references["price"], currents["price"]))
    assert_agrees(printed["brand"], expected.categorical(*brand))


def test_what_cannot_be_compared_is_an_error(tmp_path: Path) -> None:
    a, b = tmp_path / "a.parquet", tmp_path / "b.parquet"
    pq.write_table(pa.table({"x": [1.0, 2.0]}), a)
    pq.write_table(pa.table({"x": ["1", "2"]}), b)
    for current, column in ((b, "x"), (a, "price"), (tmp_path / "none.parquet", "x")):
        done = run("drift", "--reference", a, "--current", current, "--columns", column, "--json")
        assert done.returncode != 0
        assert done.stdout == ""
        assert done.stderr
