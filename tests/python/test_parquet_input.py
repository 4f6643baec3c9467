"""Parquet with the columns of the CSV makes the tables that the CSV makes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from lakes import Lake, star

TEXT = {"category_code": pa.string(), "brand": pa.string(), "event_type": pa.string(), "user_session": pa.string()}
NUMBERS = {"product_id": pa.int64(), "category_id": pa.int64(), "user_id": pa.int64()}


def typed(csv: Path, price: pa.DataType) -> pa.Table:
    options = pyarrow.csv.ConvertOptions(
        column_types={**TEXT, **NUMBERS, "event_time": pa.string(), "price": pa.string()},
        strings_can_be_null=True,
        null_values=[""],
    )
    table = pyarrow.csv.read_csv(csv, convert_options=options)
    plain = pc.replace_substring(table["event_time"], " UTC", "")
    times = pc.assume_timezone(pc.strptime(plain, "%Y-%m-%d %H:%M:%S", "us"), "UTC")
    table = table.set_column(table.column_names.index("event_time"), "event_time", times)
    return table.set_column(table.column_names.index("price"), "price", table["price"].cast(price))


@pytest.mark.parametrize(
    ("price", "compression"),
    [
        (pa.decimal128(12, 2), "snappy"),
        (pa.decimal128(12, 2), "zstd"),
        (pa.decimal128(12, 2), "gzip"),
        (pa.float64(), "snappy"),
        (pa.string(), "snappy"),
    ],
    ids=str,
)
def test_parquet(synthetic: Lake, synthetic_csv: Path, new_lake: Lake, price: pa.DataType, compression: str) -> None:
    path = new_lake.folder.parent / "events.parquet"
    pq.write_table(typed(synthetic_csv, price), path, compression=compression, row_group_size=7_000)
    new_lake.load(path)
    assert star(new_lake) == star(synthetic)


def test_columns_in_another_order_times_without_a_zone_and_dictionaries(
    synthetic: Lake, synthetic_csv: Path, new_lake: Lake
) -> None:
    table = typed(synthetic_csv, pa.decimal128(12, 2))
    columns = {name: table[name] for name in reversed(table.column_names)}
    columns["event_time"] = columns["event_time"].cast(pa.timestamp("ms", tz="UTC")).cast(pa.timestamp("ms"))
    columns["brand"] = columns["brand"].dictionary_encode()
    columns["category_code"] = columns["category_code"].cast(pa.large_string())
    columns["extra"] = pa.array([1.5] * table.num_rows)
    path = new_lake.folder.parent / "events.parquet"
    pq.write_table(pa.table(columns), path)
    summary = new_lake.load(path)
    assert summary["objects"][0]["unknown_columns"] == ["extra"]
    assert star(new_lake) == star(synthetic)


def test_a_parquet_file_cut_in_half(synthetic_csv: Path, new_lake: Lake) -> None:
    path = new_lake.folder.parent / "cut.parquet"
    pq.write_table(typed(synthetic_csv, pa.decimal128(12, 2)), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    done = new_lake.estrella.run("run", "--lake", new_lake.folder, "--input", path)
    assert done.returncode == 2
    assert "cut.parquet" in done.stderr and "parquet" in done.stderr
