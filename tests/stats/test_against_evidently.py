"""The statistics of `estrella drift` against those of Evidently 0.7, by its public reports.

Where the definitions agree the values do; where they differ the tests say how, and compare what is common:

- `wasserstein` and `ks` are the same. (Of `ks` Evidently reports the p-value alone.)
- `jensenshannon` has natural logarithms here and binary ones there: a factor of sqrt(ln 2). For categories the counts
  are the same. For numbers with more than 20 distinct values Evidently makes bins of equal width of both samples
  together (Sturges' rule), Estrella the deciles of the reference, which one outlier does not stretch and which have
  a null law; so both are given the bins of Estrella, as categories.
- `psi` of Evidently replaces a share of zero by 0.0001, or by a millionth of the least share, and then no longer adds
  up to one: a category that one row of a million is new in moves it by as much as one of a hundred. Estrella adds
  half a row to each bin, for which it knows the law where nothing has changed. Evidently reaches the same by rows:
  twice all rows and one more per category are the same shares.
- `chisquare` of Evidently takes the reference's shares as certain (a goodness of fit), while Estrella takes both for
  samples and pools what is rare. Of a current sample against both samples together, the former's statistic is that
  of the latter times n / (n + m).
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from evidently import DataDefinition, Dataset, Report
from evidently.metrics import ValueDrift
from scipy import stats

from cases import CATEGORICAL, NUMERIC, Case, counted
from conftest import Drift, assert_near
from expected import decile_edges, present

DISTANCE = 1e-9
P_VALUE = 1e-6


def evidently(method: str, reference: object, current: object, is_numeric: bool = False) -> float:
    """What Evidently says of two columns."""
    kind = "numerical_columns" if is_numeric else "categorical_columns"
    definition = DataDefinition(**{kind: ["x"]})
    datasets = [
        Dataset.from_pandas(pd.DataFrame({"x": column}), data_definition=definition)
        for column in (current, reference)
    ]
    report = Report(metrics=[ValueDrift(column="x", method=method)]).run(*datasets)
    return float(report.dict()["metrics"][0]["value"])


def of(cases: dict[str, Case], *without: str) -> pytest.MarkDecorator:
    """The cases that Evidently has an answer to: it wants values on both sides, and all of them finite."""
    unfit = ("empty", "alone", "infinite", *without)
    fit = {name: case for name, case in cases.items() if not any(word in name for word in unfit)}
    assert len(fit) > 12
    return pytest.mark.parametrize("case", fit.values(), ids=fit)


def bins(column: pa.Array, edges: np.ndarray) -> list[str]:
    return [f"bin{i}" for i in np.searchsorted(edges, present(column)[0], side="right")]


@of(NUMERIC)
def test_wasserstein(drift: Drift, case: Case) -> None:
    theirs = evidently("wasserstein", *(present(column)[0] for column in case), is_numeric=True)
    assert_near(drift(*case)["wasserstein_normed"], theirs, DISTANCE, "wasserstein")


@of(NUMERIC)
def test_kolmogorov_smirnov(drift: Drift, case: Case) -> None:
    theirs = evidently("ks", *(present(column)[0] for column in case), is_numeric=True)
    assert_near(drift(*case)["ks"]["p_value"], theirs, P_VALUE, "ks")


@of(CATEGORICAL)
def test_jensen_shannon_of_categories(drift: Drift, case: Case) -> None:
    theirs = evidently("jensenshannon", *(column.drop_null().to_pylist() for column in case))
    assert_near(drift(*case)["jensen_shannon"], theirs / math.sqrt(math.log(2)), DISTANCE, "jensenshannon")


@of(NUMERIC)
def test_jensen_shannon_of_numbers(drift: Drift, case: Case) -> None:
    edges = decile_edges(present(case[0])[0])
    theirs = evidently("jensenshannon", *(bins(column, edges) for column in case))
    assert_near(drift(*case)["jensen_shannon"], theirs / math.sqrt(math.log(2)), DISTANCE, "jensenshannon")


def with_half_a_row_each(reference: list[str], current: list[str]) -> tuple[list[str], list[str]]:
    """Rows whose shares are those of the rows given and half a row more per category."""
    union = sorted({*reference, *current})
    return 2 * reference + union, 2 * current + union


@of(CATEGORICAL)
def test_population_stability_of_categories(drift: Drift, case: Case) -> None:
    theirs = evidently("psi", *with_half_a_row_each(*(column.drop_null().to_pylist() for column in case)))
    assert_near(drift(*case)["psi"]["statistic"], theirs, DISTANCE, "psi")


@of(NUMERIC)
def test_population_stability_of_numbers(drift: Drift, case: Case) -> None:
    edges = decile_edges(present(case[0])[0])
    theirs = evidently("psi", *with_half_a_row_each(*(bins(column, edges) for column in case)))
    assert_near(drift(*case)["psi"]["statistic"], theirs, DISTANCE, "psi")


# Where Estrella pools, the tables are not the same; and with one category Evidently has no degree of freedom.
@pytest.mark.parametrize(
    "case", [CATEGORICAL[name] for name in ("the same shares", "other shares", "two", "new", "vanished")]
)
def test_chi_square(drift: Drift, case: Case) -> None:
    reference, current = (column.to_pylist() for column in case)
    p_value = evidently("chisquare", reference + current, current)
    freedom = len({*reference, *current}) - 1
    theirs = stats.chi2.isf(p_value, freedom) * (len(reference) + len(current)) / len(reference)
    ours = drift(*case)["chi_square"]
    assert_near(ours["statistic"], theirs, P_VALUE, "chisquare")
    assert_near(ours["p_value"], float(stats.chi2.sf(theirs, freedom)), P_VALUE, "chisquare")


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_one_new_row_is_no_drift(drift: Drift) -> None:
    """Why the definitions differ: to Evidently one row of a new category among thousands is certainty."""
    case = counted(a=5000, b=3000), counted(a=5000, b=3000, c=1)
    ours = drift(*case)
    assert evidently("chisquare", *(column.to_pylist() for column in case)) == 0.0
    assert ours["chi_square"]["p_value"] > 0.5
    assert ours["psi"]["p_value"] > 0.5
    assert ours["new_categories"] == ["c"]
