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

# What the shop's database says of a key, version by version. Empty where it says nothing.
VERSIONS = """
CREATE TABLE {name} ({key}, version INTEGER, valid_from TIMESTAMPTZ, valid_to TIMESTAMPTZ, {columns})
"""

SOURCE_TABLES = {
    "user_versions": (
        "user_id BIGINT",
        "name_token VARCHAR, email_token VARCHAR, registered_at TIMESTAMPTZ",
    ),
    "product_versions": (
        "product_id BIGINT",
        "category_id BIGINT, category_code VARCHAR, brand_id BIGINT, brand VARCHAR, price DECIMAL(12, 2), stock BIGINT",
    ),
    "category_versions": ("category_id BIGINT", "parent_id BIGINT, category_code VARCHAR"),
    "brand_versions": ("brand VARCHAR", "brand_id BIGINT"),
}

SESSION_SOURCE = "CREATE TABLE known_sessions (session_id VARCHAR, device_type VARCHAR, channel VARCHAR)"

# A key without versions is known from events alone: it has one, which always held.
VALIDITY = """
    coalesce(version, 1)::INTEGER AS version,
    coalesce(valid_from, TIMESTAMPTZ '1970-01-01 00:00:00+00') AS valid_from,
    valid_to,
    valid_to IS NULL AS is_current,
    version IS NOT NULL AS in_source
"""

# A key without events has done nothing.
SEEN_COUNTS = """
    first_seen_at, last_seen_at, coalesce(view_count, 0) AS view_count, coalesce(cart_count, 0) AS cart_count,
    coalesce(remove_from_cart_count, 0) AS remove_from_cart_count, coalesce(purchase_count, 0) AS purchase_count
"""

DIM_USERS = f"""
CREATE TABLE dim_users AS
WITH seen AS (
    SELECT user_id, min(event_time) AS first_seen_at, max(event_time) AS last_seen_at, {COUNTS},
        count(DISTINCT session_id) AS session_count, {REVENUE} AS total_spend
    FROM facts GROUP BY user_id
)
SELECT user_id, {VALIDITY}, name_token, email_token, registered_at, {SEEN_COUNTS},
    coalesce(session_count, 0) AS session_count, coalesce(total_spend, 0)::DECIMAL(18, 2) AS total_spend
FROM user_versions FULL JOIN seen USING (user_id)
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
), seen AS (
    FROM latest JOIN activity USING (product_id)
)
SELECT product_id, {VALIDITY},
    CASE WHEN version IS NULL THEN seen.category_id ELSE known.category_id END AS category_id,
    CASE WHEN version IS NULL THEN seen.category_code ELSE coalesce(known.category_code, 'unknown') END
        AS category_code,
    brand_id,
    CASE WHEN version IS NULL THEN seen.brand ELSE coalesce(known.brand, 'unknown') END AS brand,
    CASE WHEN version IS NULL THEN seen.price ELSE known.price END AS price,
    stock, {SEEN_COUNTS}, coalesce(revenue, 0)::DECIMAL(18, 2) AS revenue
FROM product_versions AS known FULL JOIN seen USING (product_id)
"""

DIM_CATEGORIES = f"""
CREATE TABLE dim_categories AS
WITH latest AS (
    SELECT category_id, category_name AS category_code FROM facts WHERE category_id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY category_id ORDER BY event_time DESC, category_name DESC) = 1
), times AS (
    SELECT category_id, min(event_time) AS first_seen_at, max(event_time) AS last_seen_at
    FROM facts WHERE category_id IS NOT NULL GROUP BY category_id
), seen AS (
    FROM latest JOIN times USING (category_id)
), both_ AS (
    SELECT category_id, {VALIDITY}, parent_id, first_seen_at, last_seen_at,
        CASE WHEN version IS NULL THEN seen.category_code ELSE known.category_code END AS category_code
    FROM category_versions AS known FULL JOIN seen USING (category_id)
), parts AS (
    SELECT *, string_split(category_code, '.') AS levels FROM both_
)
SELECT category_id, version, valid_from, valid_to, is_current, in_source, parent_id, category_code,
    levels[-1] AS category_name, CASE WHEN len(levels) > 1 THEN array_to_string(levels[:-2], '.') END AS parent_code,
    len(levels)::INTEGER AS depth, levels[1] AS level_1, levels[2] AS level_2, levels[3] AS level_3,
    levels[4] AS level_4, first_seen_at, last_seen_at
FROM parts
"""

DIM_BRANDS = f"""
CREATE TABLE dim_brands AS
WITH seen AS (
    SELECT brand, min(event_time) AS first_seen_at, max(event_time) AS last_seen_at, {COUNTS}, {REVENUE} AS revenue
    FROM facts GROUP BY brand
)
SELECT brand, {VALIDITY}, brand_id, {SEEN_COUNTS}, coalesce(revenue, 0)::DECIMAL(18, 2) AS revenue
FROM brand_versions FULL JOIN seen USING (brand)
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
    (epoch_us(ended_at) - epoch_us(started_at)) // 1000000 AS duration_seconds, event_count, view_count, cart_count,
    remove_from_cart_count, purchase_count, revenue, purchase_count > 0 AS converted, first_interest_at,
    first_purchase_at, has_many_users,
    first_purchase_at IS NOT NULL AND coalesce(first_interest_at > first_purchase_at, true)
        AS has_unexplained_purchase,
    ended_at - started_at > INTERVAL 24 HOURS OR event_count > 1000 AS is_oversized,
    coalesce(device_type, 'unknown') AS device_type, coalesce(channel, 'unknown') AS channel
FROM activity JOIN owner USING (session_id) LEFT JOIN others USING (session_id)
    LEFT JOIN known_sessions USING (session_id)
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

DIMS = (DIM_USERS, DIM_PRODUCTS, DIM_CATEGORIES, DIM_BRANDS, DIM_SESSIONS, DIM_TIME)

# A hash is no work for SQL; other tests look after these.
KEYS = {
    "facts": "event_id",
    "dim_users": "user_key",
    "dim_products": "product_key",
    "dim_categories": "category_key",
    "dim_brands": "brand_key",
}


def build(connection: duckdb.DuckDBPyConnection, csv: Path) -> None:
    """Makes the tables of TABLES in the connection, from the raw file."""
    connection.execute(SOURCE, {"path": str(csv)})
    for step in (TYPED, ACCEPTED, FACTS):
        connection.execute(step)
    make_source_tables(connection)
    build_dims(connection)


def make_source_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """What the shop's database says: nothing, until somebody fills it in."""
    for name, (key, columns) in SOURCE_TABLES.items():
        connection.execute(VERSIONS.format(name=name, key=key, columns=columns))
    connection.execute(SESSION_SOURCE)


def build_dims(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the dimensions from the facts and what the shop's database says."""
    for step in DIMS:
        connection.execute(step)


def loaded_as(table: str) -> str:
    """What stands for the table in the lake, with the columns to compare."""
    name = "fact_user_events" if table == "facts" else table
    return f"(FROM model.{name} SELECT * EXCLUDE ({KEYS[table]}))" if table in KEYS else f"model.{name}"
