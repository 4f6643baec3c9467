"""Reports to be rendered: eight weeks of a shop, the first hour of one, and one that means harm."""

from __future__ import annotations

import math
import random

HOUR_MS = 3_600_000
# 2019-11-30 00:00 UTC, the day after Black Friday.
END = 437_520
WEEKS = 8
START = END - WEEKS * 168
OUTAGE = (END - 60, END - 57)
BOT = (END - 420, END - 411)
FRIDAY = (END - 24, END)
HOSTILE = "<script>alert(1)</script>\"'&]]></style>"

CATEGORIES = [
    ("electronics.smartphone", 31), ("electronics.clocks", 11), ("computers.notebook", 9), ("electronics.video.tv", 8),
    ("appliances.kitchen.washer", 7), ("electronics.audio.headphone", 7), ("apparel.shoes", 5), ("unknown", 22),
]
BRANDS = [("samsung", 26), ("apple", 22), ("xiaomi", 15), ("huawei", 6), ("lg", 3), ("sony", 2), ("unknown", 15), ("others", 11)]
# Name, rows, age and limit in minutes.
TABLES = [
    ("clean.events", 5_011_402, 40, 90), ("clean.rejected_events", 2_913, 40, 90), ("model.fact_user_events", 5_011_402, 39, 90),
    ("model.dim_users", 402_118, 1_477, 1_560), ("model.dim_products", 60_231, 1_475, 1_560), ("model.dim_categories", 127, 1_474, 1_560),
    ("model.dim_brands", 2_891, 1_474, 1_560), ("model.dim_sessions", 1_104_620, 1_601, 1_560), ("model.dim_time", 87_672, 80_640, None),
    ("ops.runs", 1_344, 39, 90), ("ops.quality_results", 40_320, 39, 90), ("ops.drift_results", 53_760, 38, 90), ("ops.profiles", 1_344, 40, 90),
]
RULES = [
    ('RowCount > 0', "> 0", "rows"), ('ColumnCount = 15', "= 15", "columns"), ('IsPrimaryKey "event_id"', "= 100 %", "share"),
    ('Completeness "brand" >= 0.8', ">= 80 %", "share"), ('ColumnValues "event_type" in ["view", "cart", "remove_from_cart", "purchase"]', "in the set", "share"),
    ('ColumnValues "price" > 0 with threshold >= 0.999', ">= 99.9 %", "share"), ('Mean "price" between avg(last(8)) * 0.8 and avg(last(8)) * 1.25', "232.6 to 363.4", "EUR"),
    ('Uniqueness "event_id" = 1.0', "= 100 %", "share"), ('ReferentialIntegrity "category_id" "dim_categories.category_id" >= 0.95', ">= 95 %", "share"),
    ('DataFreshness "event_time" <= 3 hours', "<= 3 h", "h"), ('ColumnLength "user_session" = 36', "= 36", "characters"),
    ('DistinctValuesCount "product_id" > min(last(4)) * 0.5', "> 8,110", "products"), ('StandardDeviation "price" < percentile(last(28), 99)', "< 402.2", "EUR"),
    ('ColumnCorrelation "price" "quantity" between -1 and 1', "-1 to 1", ""), ('CustomSql "select count(*) from primary where price > 10000" < 50', "< 50", "rows"),
]


def hourly(rng: random.Random, hour: int) -> tuple[int, float]:
    """Events of an hour and what is expected of it: a day with a noon and an evening, a week with a weekend."""
    of_day, of_week = hour % 24, (hour // 24 + 4) % 7
    day = 0.25 + 0.75 * max(0.0, math.sin((of_day - 4) / 19 * math.pi)) + 0.18 * math.exp(-((of_day - 17) ** 2) / 6)
    expected = 4200 * day * (1.14 if of_week in (0, 6) else 1.0) * (1 + 0.0012 * (hour - START) / 24)
    return max(0, round(expected * rng.gauss(1, 0.045))), expected


def volume(rng: random.Random) -> dict:
    hours = []
    for hour in range(START, END):
        rows, expected = hourly(rng, hour)
        item = {"hour": hour}
        if hour >= START + 4 * 168:
            item |= {"lower": round(expected * 0.82, 1), "upper": round(expected * 1.2, 1)}
        if OUTAGE[0] <= hour < OUTAGE[1]:
            rows, item["anomalous"] = rows // 40, True
        if BOT[0] <= hour < BOT[1]:
            rows, item["anomalous"] = round(rows * 1.45), True
        if FRIDAY[0] <= hour < FRIDAY[1]:
            rows = round(rows * 1.9)
        hours.append(item | {"rows": rows})
    marks = [
        {"kind": "incident", "from_hour": BOT[0], "to_hour": BOT[1], "label": "Bot of 45 %", "incident": "7c21e0aa"},
        {"kind": "incident", "from_hour": OUTAGE[0], "to_hour": OUTAGE[1], "label": "Volume fell to 2 %", "incident": "b04f9d13"},
        {"kind": "calendar", "from_hour": FRIDAY[0], "to_hour": FRIDAY[1], "label": "Black Friday", "incident": None},
    ]
    return {"hours": hours, "marks": marks}


def distributions(rng: random.Random) -> list[dict]:
    now = {"from_hour": END - 24, "to_hour": END}
    before = {"from_hour": END - 8 * 168, "to_hour": END - 24}

    def named(title, pairs, scale, outcome, value, skew=0.06):
        bins = [{"label": name, "current": round(share * scale * rng.gauss(1, skew)), "reference": share * scale * 28} for name, share in pairs]
        return {"title": title, "counted": "events", "unit": None, "form": "categories", "bins": bins, "current": now, "reference": before,
                "distance": {"name": "PSI", "value": value, "limit": 0.1, "p_value": 0.412, "outcome": outcome}}

    def ranges(title, unit, counted, edges, mean, sigma, shift, outcome, value):
        def mass(at, centre):
            return math.exp(-((math.log(at) - centre) ** 2) / (2 * sigma**2))
        bins = []
        for low, high in zip(edges, edges[1:] + [None]):
            middle = math.sqrt(max(low, 0.5) * (high or low * 2))
            bins.append({"label": "", "from": low, "to": high, "current": round(9e3 * mass(middle, mean + shift)), "reference": round(2.4e5 * mass(middle, mean))})
        return {"title": title, "counted": counted, "unit": unit, "form": "histogram", "bins": bins, "current": now, "reference": before,
                "distance": {"name": "Wasserstein / σ", "value": value, "limit": 0.15, "p_value": 0.07 if outcome == "ok" else 3.1e-14, "outcome": outcome}}

    octaves = [round(2 ** (i / 2), 2) for i in range(0, 24)]
    return [
        named("Event types", [("view", 910), ("cart", 55), ("remove_from_cart", 12), ("purchase", 17)], 95, "ok", 0.0031),
        ranges("Price", "EUR, logarithmic", "events", octaves, 5.1, 1.1, 0.35, "breach", 0.312),
        named("Categories", CATEGORIES, 950, "ok", 0.021),
        named("Brands", BRANDS, 950, "ok", 0.018, 0.12),
        ranges("Session length", "seconds, logarithmic", "sessions", [float(2**i) for i in range(0, 15)], 5.4, 1.5, 0.02, "ok", 0.022),
        ranges("Events per session", "events", "sessions", [1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 22, 29, 40, 60, 100], 1.4, 0.8, 0.05, "ok", 0.041),
    ]


def rules(rng: random.Random) -> list[dict]:
    made = []
    for i in range(30):
        text, expected, unit = RULES[i % len(RULES)]
        results = []
        for j in range(30):
            outcome = "pass"
            if j < 6 and "last(" in text:
                outcome = "skip"
            elif i == 6 and j >= 27:
                outcome = "block"
            elif i in (3, 18) and rng.random() < 0.2:
                outcome = "warn"
            elif i == 5 and j in (11, 29):
                outcome = "quarantine"
            observed = {"share": 0.9991 - 0.0001 * j, "EUR": 290.4 + j, "rows": 98_123 + 31 * j}.get(unit, {"columns": 15, "h": 1.2, "characters": 36, "products": 16_220 + j}.get(unit, 0.02))
            results.append({"at_ms": (END - 30 + j) * HOUR_MS + 312_000, "outcome": outcome, "observed": None if outcome == "skip" else observed})
        made.append({"id": f"{'clean' if i < 15 else 'fact'}-{i:02}", "table": "clean.events" if i < 15 else "model.fact_user_events",
                     "text": text, "expected": expected, "unit": unit, "results": results})
    return made


def monitors(rng: random.Random) -> list[dict]:
    made = []
    def add(monitor, column, segment, test, unit, expected, floor, effect=None, outcome="ok", contributors=()):
        effect = floor * rng.uniform(0.02, 0.7) if effect is None else effect
        learning = outcome == "learning"
        p = 3.1e-14 if outcome == "breach" else rng.uniform(0.05, 1)
        made.append({"monitor": monitor, "column": column, "segment": segment, "test": test, "hour": END - 1, "outcome": outcome,
                     "statistic": None if learning else rng.uniform(0.1, 3) if outcome != "breach" else 11.84, "p_value": None if learning else p / 3,
                     "p_adjusted": None if learning else p, "effect": None if learning else effect, "effect_floor": floor,
                     "observed": expected * (1 + effect * (1 if outcome == "breach" else rng.choice((-1, 1)) * 0.2)),
                     "expected": None if learning else expected, "unit": unit, "contributors": list(contributors)})
    add("price", "price", "electronics.smartphone", "Wasserstein", "EUR", 462.8, 0.15, 0.312, "breach", [
        {"segment": "apple", "observed": 988.1, "expected": 771.0, "share": 0.61}, {"segment": "samsung", "observed": 401.9, "expected": 312.4, "share": 0.27},
        {"segment": "oppo", "observed": 260.2, "expected": 229.5, "share": 0.07}])
    add("conversion", "event_type", "cart to purchase", "cluster-robust z", "share", 0.342, 0.1, 0.118, "muted")
    for i, (category, _) in enumerate(CATEGORIES * 2):
        add("price", "price", category + ("" if i < 8 else ".other"), "Wasserstein", "EUR", 120.0 + 31 * i, 0.15)
    add("volume", "", None, "robust z", "events", 3911, 0.5)
    add("event mix", "event_type", None, "chi-square", "share", 0.91, 0.05)
    for column in ("brand", "category_code", "category_id"):
        add("null share", column, None, "two-proportion z", "share", 0.142, 0.05)
    for name, column in (("view to cart", "event_type"), ("new brands", "brand"), ("new categories", "category_code")):
        add(name, column, None, "cluster-robust z", "share", 0.0631, 0.1)
    for name in ("session length", "events per session"):
        add(name, "user_session", None, "two-sample KS", "seconds" if "length" in name else "events", 311.0, 0.1)
    for name in ("duplicates", "rejects", "unknown columns"):
        add(name, "", None, "two-proportion z", "share", 0.0012, 0.01)
    while len(made) < 38:
        add("new brands", "brand", f"segment {len(made)}", "PSI", "", 0.03, 0.1)
    add("device mix", "device_type", None, "chi-square", "share", 0.44, 0.05, outcome="learning")
    add("channel mix", "source_channel", None, "chi-square", "share", 0.31, 0.05, outcome="learning")
    return made


def shop(seed: int = 7) -> dict:
    """Eight weeks of hours, two incidents, Black Friday, 40 monitors, 30 rules."""
    rng = random.Random(seed)
    now = END * HOUR_MS + 2_521_000
    runs = []
    for i in range(20):
        rows_in = 61_000 + rng.randrange(9_000)
        rows = {"duplicates": rng.randrange(90), "rejected": rng.randrange(40), "quarantined": 17 if i in (0, 18) else 0,
                "blocked": 4_312 if i < 3 else 0, "discarded": 0}
        rows["facts"] = rows_in - sum(rows.values())
        runs.append({"run_id": f"{rng.getrandbits(64):016x}", "started_at_ms": now - i * HOUR_MS - 2_400_000, "duration_ms": rng.randrange(9_000, 21_000),
                     "status": "blocked" if i < 3 else "released" if i == 9 else "done", "rows": rows})
    tables = [{"name": name, "rows": rows, "committed_at_ms": now - age * 60_000,
               "fresh_for_minutes": limit} for name, rows, age, limit in TABLES]
    return {
        "lake": "s3://estrella-prod-data-eu-central-1/lake", "generated_at_ms": now, "tables": tables, "runs": runs,
        "totals": {"runs": 1_344, "rows": {"facts": 5_011_402, "duplicates": 5_120, "rejected": 2_913, "quarantined": 34, "blocked": 12_936, "discarded": 4_312}},
        "funnel": {"period": {"from_hour": END - 24, "to_hour": END}, "steps": [
            {"name": "view", "events": 86_412, "sessions": 21_930, "reference_rate": None},
            {"name": "cart", "events": 5_218, "sessions": 2_409, "reference_rate": 0.1123},
            {"name": "purchase", "events": 1_611, "sessions": 871, "reference_rate": 0.3420}]},
        "volume": volume(rng), "distributions": distributions(rng), "rules": rules(rng), "monitors": monitors(rng),
        "mutes": [{"pattern": "conversion*", "until_hour": END + 48, "by": "mira", "note": "checkout is being rebuilt"}],
        "rejected": [
            {"reason": "price_not_positive", "rows": 2_310, "example": {"object": "raw/2019/11/29/events-17.csv.gz", "line": 48_113}},
            {"reason": "null_user_session", "rows": 402, "example": {"object": "raw/2019/11/29/events-17.csv.gz", "line": 7_002}},
            {"reason": "bad_event_time", "rows": 188, "example": {"object": "raw/2019/11/28/events-03.parquet", "line": None}},
            {"reason": "unknown_event_type", "rows": 13, "example": None}],
        "incidents": [
            {"id": "e19a4c02", "table": "model.fact_user_events", "status": "open", "severity": "critical", "from_hour": END - 3, "to_hour": None,
             "what": ["Price in electronics.smartphone: 607 EUR against 463 EUR expected, effect 0.31, floor 0.15",
                      "Most of it: apple 988 EUR (was 771 EUR), 61 % of the difference"],
             "commands": ["estrella incidents e19a4c02 --lake s3://estrella-prod-data-eu-central-1/lake",
                          "estrella query \"SELECT product_id, price FROM model.fact_user_events WHERE brand = 'apple' AND event_date = '2019-11-29' ORDER BY price DESC LIMIT 20\"",
                          "estrella ack e19a4c02 --note 'looking'"], "acknowledged_by": None, "note": None},
            {"id": "b04f9d13", "table": "model.fact_user_events", "status": "recovered", "severity": "critical", "from_hour": OUTAGE[0], "to_hour": OUTAGE[1],
             "what": ["Volume fell to 2 % of what is expected: 91 events against 4,120 to 6,028"], "commands": ["estrella incidents b04f9d13"],
             "acknowledged_by": "mira", "note": "the collector was restarted"},
            {"id": "7c21e0aa", "table": "model.fact_user_events", "status": "recovered", "severity": "warning", "from_hour": BOT[0], "to_hour": BOT[1],
             "what": ["Events per session: 41 against 4.4 expected", "Volume rose to 145 % of what is expected"], "commands": ["estrella incidents 7c21e0aa"],
             "acknowledged_by": None, "note": None}],
    }


def nothing() -> dict:
    """A lake that was just made."""
    return {"lake": "./lake", "generated_at_ms": END * HOUR_MS}


def first_hours() -> dict:
    """A lake after its first run: two days of hours, no reference of anything."""
    made = shop()
    made["volume"] = {"hours": [{"hour": h["hour"], "rows": h["rows"]} for h in made["volume"]["hours"][:40]], "marks": []}
    for distribution in made["distributions"]:
        distribution |= {"reference": None, "distance": None}
    for step in made["funnel"]["steps"]:
        step["reference_rate"] = None
    made |= {"runs": made["runs"][-1:], "monitors": [], "mutes": [], "incidents": [], "rejected": [], "rules": []}
    return made


def hostile() -> dict:
    """The shop with markup wherever text comes from data."""
    def poison(value, key=None):
        if isinstance(value, dict):
            return {k: poison(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [poison(item, key) for item in value]
        enums = ("status", "severity", "outcome", "form", "kind", "unit")
        return HOSTILE + value if isinstance(value, str) and key not in enums else value
    return poison(shop())
