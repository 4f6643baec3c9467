"""The peer's job: the versions of all products, by window functions over the same files. `changes.py` runs it."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

# A state that is equal to the one before it begins no version; a deletion ends one. Stock has no history.
VERSIONS = """
COPY (
    WITH changes AS (
        SELECT * FROM read_csv($files, header = true, nullstr = 'NULL', columns = {
            'Op': 'VARCHAR', 'product_id': 'BIGINT', 'brand_id': 'BIGINT', 'category_id': 'BIGINT',
            'price': 'DECIMAL(12, 2)', 'stock': 'BIGINT', 'commit_time': 'TIMESTAMP', 'change_seq': 'VARCHAR'})
    ), placed AS (
        SELECT *, lag(Op) OVER row AS op_before, lag(brand_id) OVER row AS brand_before,
            lag(category_id) OVER row AS category_before, lag(price) OVER row AS price_before,
            last_value(CASE WHEN Op <> 'D' THEN stock END IGNORE NULLS) OVER (PARTITION BY product_id
                ORDER BY change_seq NULLS FIRST
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS latest_stock
        FROM changes WINDOW row AS (PARTITION BY product_id ORDER BY change_seq NULLS FIRST)
    ), turns AS (
        SELECT *, lead(commit_time) OVER row AS next_turn FROM placed
        WHERE Op = 'D' OR op_before IS NULL OR op_before = 'D'
            OR (brand_id, category_id, price) IS DISTINCT FROM (brand_before, category_before, price_before)
        WINDOW row AS (PARTITION BY product_id ORDER BY change_seq NULLS FIRST)
    ), versions AS (
        SELECT product_id, row_number() OVER row AS version,
            CASE WHEN change_seq IS NULL THEN TIMESTAMP '1970-01-01' ELSE commit_time END AS valid_from,
            next_turn AS valid_to, next_turn IS NULL AS is_current, brand_id, category_id, price, latest_stock AS stock
        FROM turns WHERE Op <> 'D' WINDOW row AS (PARTITION BY product_id ORDER BY change_seq NULLS FIRST)
    )
    SELECT hash(product_id, version) AS product_key, * FROM versions ORDER BY product_id, version
) TO $out (FORMAT parquet, COMPRESSION zstd)
"""


def main(folder: str, out: str) -> None:
    connection = duckdb.connect(config={"threads": 2})
    files = sorted(map(str, Path(folder).rglob("*.csv")))
    connection.execute(VERSIONS, {"files": files, "out": out})


if __name__ == "__main__":
    main(*sys.argv[1:])
