"""Pairs of columns, reference and current: every edge that the statistics speak of, and what lies between. Seeded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

Case = tuple[pa.Array, pa.Array]

RANDOM = np.random.default_rng(20191001)
INF = float("inf")
NAN = float("nan")


def numbers(values: Sequence[float | None] | np.ndarray) -> pa.Array:
    return pa.array(values, pa.float64(), from_pandas=False)


def texts(values: Sequence[str | None] | np.ndarray) -> pa.Array:
    return pa.array(list(values), pa.string())


def normal(size: int, mean: float = 0.0, sigma: float = 1.0) -> pa.Array:
    return numbers(RANDOM.normal(mean, sigma, size))


def lognormal(size: int, mean: float, sigma: float) -> pa.Array:
    return numbers(RANDOM.lognormal(mean, sigma, size))


def whole(size: int, *shares: float) -> pa.Array:
    """Whole numbers from zero on, with many ties."""
    return pa.array(RANDOM.choice(len(shares), size, p=shares), pa.int64())


def categories(size: int, **shares: float) -> pa.Array:
    return texts(RANDOM.choice(list(shares), size, p=list(shares.values())))


def zipf(size: int, kinds: int, start: int = 0) -> pa.Array:
    shares = 1 / np.arange(1, kinds + 1)
    return texts([f"brand{start + i}" for i in RANDOM.choice(kinds, size, p=shares / shares.sum())])


def counted(**counts: int) -> pa.Array:
    return texts([category for category, count in counts.items() for _ in range(count)])


def joined(*parts: pa.Array) -> pa.Array:
    return pa.concat_arrays(parts)


NOTHING = numbers([])
NULLS = numbers([None] * 7)

NUMERIC: dict[str, Case] = {
    "the same law": (normal(900), normal(400)),
    "the same law, as many": (normal(500), normal(500)),
    "the same law, few common factors": (normal(997), normal(1009)),
    "a small shift": (normal(900), normal(400, 0.1)),
    "a shift": (normal(900), normal(400, 0.7)),
    "a far shift, p beyond 1e-30": (normal(900), normal(400, 3.0)),
    "the farthest shift": (normal(300), normal(200, 1e6)),
    "a wider spread": (normal(700), normal(800, 0.0, 2.0)),
    "prices": (lognormal(900, 4.0, 1.2), lognormal(500, 4.1, 1.2)),
    "prices times 100": (lognormal(900, 4.0, 1.2), lognormal(500, 4.0 + np.log(100), 1.2)),
    "a heavy tail": (lognormal(900, 0.0, 5.0), lognormal(900, 0.0, 5.0)),
    "beyond the exact law": (normal(20_000), normal(30_000)),
    "beyond the exact law, a small shift": (normal(20_000), normal(30_000, 0.03)),
    "beyond the exact law, p beyond 1e-30": (normal(20_000), normal(30_000, 0.25)),
    "beyond the exact law, next to nothing": (normal(12_000), normal(7)),
    "beyond the exact law, all but equal": (numbers(np.arange(20_000.0)), numbers(np.arange(20_000.0) + 0.5)),
    "one and one": (numbers([1.0]), numbers([2.0])),
    "one and the same one": (numbers([1.0]), numbers([1.0])),
    "one and two": (numbers([1.0]), numbers([2.0, 0.5])),
    "three and five": (numbers([3.0, 1.0, 2.0]), numbers([2.5, 4.0, 6.0, 1.0, 9.0])),
    "fewer than deciles": (numbers([1.0, 2.0, 4.0]), normal(50)),
    "constant": (numbers([5.0] * 40), numbers([5.0] * 30)),
    "a constant that rose": (numbers([5.0] * 40), numbers([6.0] * 30)),
    "a constant that fell": (numbers([5.0] * 40), numbers([4.0] * 30)),
    "constant zero that rose": (numbers([0.0] * 40), numbers([1e-3] * 30)),
    "constant before, then not": (numbers([5.0] * 400), normal(300, 5.0)),
    "constant now, not before": (normal(400, 5.0), numbers([5.0] * 300)),
    "equal": (numbers(np.arange(100.0)), numbers(np.arange(100.0))),
    "equal, repeated": (numbers(np.arange(100.0)), numbers(np.tile(np.arange(100.0), 3))),
    "nothing in common": (numbers(np.arange(100.0)), numbers(np.arange(100.0) + 1000)),
    "few whole numbers": (whole(900, 0.5, 0.2, 0.1, 0.1, 0.1), whole(700, 0.4, 0.3, 0.1, 0.1, 0.1)),
    "mostly zero": (
        joined(numbers([0.0] * 650), lognormal(350, 3, 1)),
        joined(numbers([0.0] * 500), lognormal(500, 3, 1)),
    ),
    "negative zero": (numbers([0.0, -0.0] * 50), numbers([-0.0] * 30 + [1.0] * 10)),
    "negative": (normal(500, -40.0), normal(500, -41.0)),
    "instants": (normal(800, 1.7e9, 0.5), normal(800, 1.7e9, 0.6)),
    "huge": (normal(300, 0.0, 1e150), normal(300, 0.0, 2e150)),
    "minute": (normal(300, 0.0, 1e-150), normal(300, 0.0, 2e-150)),
    "infinite before": (joined(normal(300), numbers([INF] * 9)), normal(200)),
    "infinite now": (normal(300), joined(normal(200), numbers([INF] * 30 + [-INF] * 5))),
    "infinite both": (joined(normal(300), numbers([-INF, INF])), joined(normal(200), numbers([INF] * 7))),
    "infinite alone": (numbers([INF] * 20), normal(50)),
    "infinite alone now": (normal(50), numbers([-INF] * 20)),
    "NaN": (joined(normal(300), numbers([NAN] * 9)), joined(numbers([NAN] * 40), normal(200))),
    "NaN alone": (normal(300), numbers([NAN] * 20)),
    "nulls": (joined(normal(300), numbers([None] * 30)), joined(NULLS, normal(200, 0.2))),
    "nulls, far more": (joined(normal(300), NULLS), joined(normal(300), numbers([None] * 600))),
    "nulls and NaN": (joined(normal(300), NULLS), joined(normal(300), NULLS, numbers([NAN] * 30))),
    "nulls alone now": (normal(300), NULLS),
    "nulls alone before": (NULLS, normal(300)),
    "nulls alone": (NULLS, NULLS),
    "empty now": (normal(300), NOTHING),
    "empty before": (NOTHING, normal(300)),
    "empty": (NOTHING, NOTHING),
}

CATEGORICAL: dict[str, Case] = {
    "the same shares": (categories(900, a=0.5, b=0.3, c=0.2), categories(700, a=0.5, b=0.3, c=0.2)),
    "other shares": (categories(900, a=0.5, b=0.3, c=0.2), categories(700, a=0.4, b=0.35, c=0.25)),
    "other shares, p beyond 1e-30": (categories(9000, a=0.5, b=0.3, c=0.2), categories(7000, a=0.2, b=0.3, c=0.5)),
    "two": (counted(a=500, b=500), counted(a=300, b=350)),
    "equal": (counted(a=50, b=30), counted(a=50, b=30)),
    "equal shares": (counted(a=50, b=30), counted(a=100, b=60)),
    "new": (counted(a=500, b=300), counted(a=400, b=250, c=50)),
    "new, few": (counted(a=500, b=300), counted(a=400, b=250, c=1, d=1)),
    "vanished": (counted(a=500, b=300, c=60), counted(a=400, b=250)),
    "new and vanished": (counted(a=500, b=300, c=60), counted(a=400, d=250, e=3)),
    "nothing in common": (counted(a=500, b=300), counted(c=400, d=250)),
    "constant": (counted(a=500), counted(a=400)),
    "a constant that is another": (counted(a=500), counted(b=400)),
    "one and one": (counted(a=1), counted(b=1)),
    "one and the same one": (counted(a=1), counted(a=1)),
    "rare alone": (counted(a=1, b=2, c=1), counted(b=1, c=1, d=3)),
    "rare, enough together": (
        counted(a=500, **{f"r{i}": 2 for i in range(30)}),
        counted(a=300, **{f"r{i}": 1 for i in range(40)}),
    ),
    "rare, not enough together": (counted(a=500, b=90, r=1, s=1), counted(a=300, b=70, r=1)),
    "many brands": (zipf(5000, 500), zipf(4000, 500)),
    "a flood of brands": (zipf(5000, 500), joined(zipf(4000, 500), zipf(2000, 900, 5000))),
    "nulls": (joined(counted(a=50, b=40), texts([None] * 30)), joined(texts([None] * 3), counted(a=50, b=60))),
    "nulls alone now": (counted(a=50, b=40), texts([None] * 9)),
    "nulls alone before": (texts([None] * 9), counted(a=50, b=40)),
    "empty now": (counted(a=50, b=40), texts([])),
    "empty": (texts([]), texts([])),
}

UNUSUAL_TEXTS: Case = (
    texts(["", " ", "a,b", 'say "a"', "line\nbreak", "Łódź", "nan", "1"] * 9),
    texts(["", "  ", "a,b", "e\u0301", "\u00e9", "🛒", "NaN", "1"] * 7),
)
"""Not for CSV, where a field that is empty is a null."""
