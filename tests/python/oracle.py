"""The star as DuckDB works it out from the raw CSV: written from the data dictionary, without our code."""

from __future__ import annotations

from pathlib import Path

import duckdb

TABLES = ("facts", "dim_users", "dim_products", "dim_categories", "dim_brands", "dim_sessions", "dim_time")

# Every line as nine texts; a short line leaves its last ones null.
SOURCE = """
CREATE TABLE source AS
SELECT * FROM read_csv($path, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"',
    null_padding = true, strict_mode = false, auto_detect = false, nullstr = '', parallel = false,
    columns = {'event_time': 'VARCHAR', 'event_type': 'VARCHAR', 'product_id': 'VARCHAR', 'category_id': 'VARCHAR',
               'category_code': 'VARCHAR', 'brand': 'VARCHAR', 'price': 'VARCHAR', 'user_id': 'VARCHAR',
               'user_session': 'VARCHAR'})
"""

TYPED = """
CREATE TABLE typed AS
SELECT
    try_strptime(event_time, '%Y-%m-%d %H:%M:%S UTC')::TIMESTAMPTZ AS event_time,
    event_type,
    try_cast(user_id AS BIGINT) AS user_id,
    try_cast(product_id AS BIGINT) AS product_id,
    try_cast(price AS DECIMAL(12, 2)) AS price,
    user_session AS session_id,
    try_cast(category_id AS BIGINT) AS category_id,
    category_id IS NOT NULL AND try_cast(category_id AS BIGINT) IS NULL AS bad_category_id,
    category_code,
    brand
FROM source
"""

ACCEPTED = """
CREATE VIEW accepted AS
SELECT * EXCLUDE (bad_category_id) FROM typed
WHERE event_time IS NOT NULL AND event_type IN ('view', 'cart', 'remove_from_cart', 'purchase')
  AND user_id IS NOT NULL AND product_id IS NOT NULL AND session_id IS NOT NULL
  AND price > 0 AND NOT bad_category_id
"""

# Duplicates are told by what the source says, before 'unknown' stands for what it does not.
FACTS = """
CREATE TABLE facts AS
SELECT
    event_time, event_type, user_id, product_id, price, session_id, category_id,
    coalesce(category_code, 'unknown') AS category_name,
    coalesce(brand, 'unknown') AS brand,
    'unknown' AS device_type,
    'unknown' AS source_channel,
    hour(event_time)::INTEGER AS hour_of_day,
    (dayofweek(event_time) + 1)::INTEGER AS day_of_week,
    event_time::DATE AS event_date
FROM (SELECT DISTINCT * FROM accepted)
"""

COUNTS = """
    count(*) FILTER (event_type = 'view') AS view_count,
    count(*) FILTER (event_type = 'cart') AS cart_count,
    count(*) FILTER (event_type = 'remove_from_cart') AS remove_from_cart_count,
    count(*) FILTER (event_type = 'purchase') AS purchase_count
"""

REVENUE = "coalesce(sum(price) FILTER (event_type = 'purchase'), 0)::DECIMAL(18, 2)"

DIM_USERS = f"""
CREATE TABLE dim_users AS
SELECT user_id, min(event_time) AS first_seen_at, max(event_time) AS last_seen_at, {COUNTS},
    count(DISTINCT session_id) AS session_count, {REVENUE} AS total_spend
FROM facts GROUP BY user_id
"""

DIM_PRODUCTS = f"""
CREATE TABLE dim_products AS
WITH latest AS (
    SELECT product_id, category_id, category_name AS category_code, brand, price FROM facts
    QUALIFY row_number() OVER (PARTITION BY product_id ORDER BY event_time DESC, price DESC,
        category_id DESC NULLS LAST, category_name DESC, brand DESC) = 1
), activity AS (
    SELECT product_id, min(event_time) AS first_seen_at, max(event_time) AS last_seen_at, {COUNTS},
        {REVENUE} AS revenue
    FROM facts GROUP BY product_id
)
SELECT * FROM latest JOIN activity USING (product_id)
"""

DIM_CATEGORIES = """
CREATE TABLE dim_categories AS
WITH latest AS (
    SELECT category_id, category_name AS category_code FROM facts WHERE category_id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY category_id ORDER BY event_time DESC, category_name DESC) = 1
), seen AS (
    SELECT category_id, min(event_time) AS first_seen_at, max(event_time) AS last_seen_at
    FROM facts WHERE category_id IS NOT NULL GROUP BY category_id
), parts AS (
    SELECT *, string_split(category_code, '.') AS levels FROM latest
)
SELECT category_id, category_code, levels[-1] AS category_name,
    CASE WHEN len(levels) > 1 THEN array_to_string(levels[:-2], '.') END AS parent_code,
    len(levels)::INTEGER AS depth, levels[1] AS level_1, levels[2] AS level_2, levels[3] AS level_3,
    levels[4] AS level_4, first_seen_at, last_seen_at
FROM parts JOIN seen USING (category_id)
"""

DIM_BRANDS = f"""
CREATE TABLE dim_brands AS
SELECT brand, min(event_time) AS first_seen_at, max(event_time) AS last_seen_at, {COUNTS}, {REVENUE} AS revenue
FROM facts GROUP BY brand
"""

DIM_SESSIONS = f"""
CREATE TABLE dim_sessions AS
WITH owner AS (
    SELECT session_id, user_id FROM facts
    QUALIFY row_number() OVER (PARTITION BY session_id ORDER BY event_time, user_id) = 1
), others AS (
    SELECT session_id, string_agg(each.user_id::VARCHAR, ',' ORDER BY each.user_id) AS other_user_ids
    FROM (SELECT DISTINCT session_id, user_id FROM facts) AS each JOIN owner USING (session_id)
    WHERE each.user_id <> owner.user_id GROUP BY session_id
), activity AS (
    SELECT session_id, min(event_time) AS started_at, max(event_time) AS ended_at, count(*) AS event_count, {COUNTS},
        {REVENUE} AS revenue, count(DISTINCT user_id) > 1 AS has_many_users,
        min(event_time) FILTER (event_type IN ('view', 'cart')) AS first_interest_at,
        min(event_time) FILTER (event_type = 'purchase') AS first_purchase_at
    FROM facts GROUP BY session_id
)
SELECT session_id, user_id, other_user_ids, started_at, ended_at,
    date_diff('second', started_at, ended_at) AS duration_seconds, event_count, view_count, cart_count,
    remove_from_cart_count, purchase_count, revenue, purchase_count > 0 AS converted, first_interest_at,
    first_purchase_at, has_many_users,
    first_purchase_at IS NOT NULL AND coalesce(first_interest_at > first_purchase_at, true)
        AS has_unexplained_purchase,
    ended_at - started_at > INTERVAL 24 HOURS OR event_count > 1000 AS is_oversized
FROM activity JOIN owner USING (session_id) LEFT JOIN others USING (session_id)
"""

DIM_TIME = """
CREATE TABLE dim_time AS
WITH hours AS (
    SELECT unnest(generate_series(min(event_date)::TIMESTAMP, max(event_date)::TIMESTAMP + INTERVAL 23 HOURS,
        INTERVAL 1 HOUR)) AS t
    FROM facts
)
SELECT strftime(t, '%Y%m%d%H')::BIGINT AS time_key, t::TIMESTAMPTZ AS hour_start, t::DATE AS date,
    hour(t)::INTEGER AS hour_of_day, (dayofweek(t) + 1)::INTEGER AS day_of_week, dayname(t) AS day_name,
    dayofweek(t) IN (0, 6) AS is_weekend, day(t)::INTEGER AS day_of_month, dayofyear(t)::INTEGER AS day_of_year,
    weekofyear(t)::INTEGER AS iso_week, isoyear(t)::INTEGER AS iso_year, month(t)::INTEGER AS month,
    monthname(t) AS month_name, quarter(t)::INTEGER AS quarter, year(t)::INTEGER AS year
FROM hours
"""

STEPS = (
    TYPED,
    ACCEPTED,
    FACTS,
    DIM_USERS,
    DIM_PRODUCTS,
    DIM_CATEGORIES,
    DIM_BRANDS,
    DIM_SESSIONS,
    DIM_TIME,
)


def build(connection: duckdb.DuckDBPyConnection, csv: Path) -> None:
    """Makes the tables of TABLES in the connection, from the raw file."""
    connection.execute(SOURCE, {"path": str(csv)})
    for step in STEPS:
        connection.execute(step)


def loaded_as(table: str) -> str:
    """What stands for the table in the lake, with the columns to compare: an event_id is no work for SQL."""
    return "(FROM model.fact_user_events SELECT * EXCLUDE (event_id))" if table == "facts" else f"model.{table}"
