"""The statistics by scipy and numpy, written from what the documentation of Estrella says of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from scipy import stats
from scipy.spatial import distance

TEST = tuple[float, float]
"""A statistic and its p-value."""

NOTHING: TEST = (0.0, 1.0)

OF_VALUES = ("psi", "jensen_shannon", "l_infinity", "chi_square", "wasserstein", "wasserstein_normed", "ks")


def numeric(reference: pa.Array, current: pa.Array) -> dict[str, Any]:
    (r, r_nulls), (c, c_nulls) = (present(column) for column in (reference, current))
    edges = decile_edges(r)
    bins = [np.bincount(np.searchsorted(edges, v, side="right"), minlength=len(edges) + 1) for v in (r, c)]
    expected: dict[str, Any] = dict.fromkeys(OF_VALUES)
    if len(edges) and len(c):
        expected |= of_counts(*bins)
    if len(r) and len(c):
        expected["ks"] = tuple(map(float, stats.ks_2samp(r, c)))
    r_finite, c_finite = r[np.isfinite(r)], c[np.isfinite(c)]
    if len(r_finite) and len(c_finite):
        expected["wasserstein"] = stats.wasserstein_distance(r_finite, c_finite)
        expected["wasserstein_normed"] = expected["wasserstein"] / max(np.std(r_finite), 0.001)
    return expected | {
        "kind": "numeric",
        "reference_count": len(r),
        "current_count": len(c),
        "reference_nulls": r_nulls,
        "current_nulls": c_nulls,
        "reference_infinite": len(r) - len(r_finite),
        "current_infinite": len(c) - len(c_finite),
        "null_share": null_share(r_nulls, len(r), c_nulls, len(c)),
        "bins": {"edges": list(edges), "reference": list(bins[0]), "current": list(bins[1])},
        "new_categories": None,
        "vanished_categories": None,
    }


def categorical(reference: pa.Array, current: pa.Array) -> dict[str, Any]:
    r, c = reference.drop_null().to_pylist(), current.drop_null().to_pylist()
    # As bytes of UTF-8 are sorted, and so code points.
    union = sorted({*r, *c})
    expected: dict[str, Any] = dict.fromkeys(OF_VALUES)
    if r and c:
        place = {category: i for i, category in enumerate(union)}
        counts = [np.bincount([place[v] for v in column], minlength=len(union)) for column in (r, c)]
        expected |= of_counts(*counts)
    return expected | {
        "kind": "categorical",
        "reference_count": len(r),
        "current_count": len(c),
        "reference_nulls": reference.null_count,
        "current_nulls": current.null_count,
        "reference_infinite": None,
        "current_infinite": None,
        "null_share": null_share(reference.null_count, len(r), current.null_count, len(c)),
        "bins": None,
        "new_categories": sorted({*c} - {*r}),
        "vanished_categories": sorted({*r} - {*c}),
    }


def present(column: pa.Array) -> tuple[np.ndarray, int]:
    """The values of a column, and how many nulls it has; a NaN is a null."""
    values = column.drop_null().to_numpy().astype(float)
    values = values[~np.isnan(values)]
    return values, len(column) - len(values)


def decile_edges(values: np.ndarray) -> np.ndarray:
    """The deciles; of one that repeats, the value and the next greater number."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return np.array([])
    deciles, times = np.unique(np.quantile(finite, np.arange(1, 10) / 10), return_counts=True)
    return np.unique(np.concatenate([deciles, np.nextafter(deciles[times > 1], np.inf)]))


def of_counts(reference: np.ndarray, current: np.ndarray) -> dict[str, Any]:
    held = reference + current > 0
    r, c = reference[held].astype(float), current[held].astype(float)
    n, m = r.sum(), c.sum()
    return {
        "psi": psi(r, c, n, m),
        "jensen_shannon": float(distance.jensenshannon(r, c, 2)),
        "l_infinity": float(np.abs(r / n - c / m).max()),
        "chi_square": chi_square(r, c, n, m),
    }


def psi(r: np.ndarray, c: np.ndarray, n: float, m: float) -> TEST:
    bins = len(r)
    if bins < 2:
        return NOTHING
    p, q = (r + 0.5) / (n + 0.5 * bins), (c + 0.5) / (m + 0.5 * bins)
    value = float(((q - p) * np.log(q / p)).sum())
    return value, float(stats.chi2.sf(value / (1 / n + 1 / m), bins - 1))


def chi_square(r: np.ndarray, c: np.ndarray, n: float, m: float) -> TEST:
    """Cells of which less than 5 are expected are pooled; a pool that has less joins the least of the others."""

    def expects_enough(r: Any, c: Any) -> Any:
        return (r + c) / (n + m) * min(n, m) >= 5

    enough = expects_enough(r, c)
    cells = [(r[i], c[i]) for i in np.flatnonzero(enough)]
    if not enough.all():
        pool = r[~enough].sum(), c[~enough].sum()
        if cells and not expects_enough(*pool):
            least = min(range(len(cells)), key=lambda i: sum(cells[i]))
            cells[least] = cells[least][0] + pool[0], cells[least][1] + pool[1]
        else:
            cells.append(pool)
    if len(cells) < 2:
        return NOTHING
    result = stats.chi2_contingency(np.array(cells).T, correction=False)
    return float(result.statistic), float(result.pvalue)


def null_share(nulls: int, values: int, nulls_now: int, values_now: int) -> TEST | None:
    n, m = nulls + values, nulls_now + values_now
    if not n or not m:
        return None
    pooled = (nulls + nulls_now) / (n + m)
    if pooled in (0, 1):
        return NOTHING
    z = (nulls_now / m - nulls / n) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return float(z), float(2 * stats.norm.sf(abs(z)))
