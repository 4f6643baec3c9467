"""What is shown is what was given, figure by figure."""

import datetime

import pytest

from browsers import opened, unfold

UNKNOWN = "–"


@pytest.fixture(scope="module")
def page(shop, browser):
    with opened(browser, shop.url) as page:
        unfold(page)
        yield page


@pytest.fixture(scope="module")
def data(shop) -> dict:
    return shop.data


def rows(page, table: str) -> list[list[str]]:
    """The cells of a table as they are read, with plain spaces."""
    return page.evaluate(
        """(table) => [...document.querySelectorAll(table + ' tbody tr')].map((row) =>
            [...row.cells].map((cell) => cell.innerText.replace(/[\\u00a0\\u202f]/g, ' ').trim()))""",
        table,
    )


def text(page, selector: str) -> list[str]:
    return page.evaluate(
        "(s) => [...document.querySelectorAll(s)].map((e) => e.textContent.replace(/[\\u00a0\\u202f]/g, ' '))", selector
    )


def time(ms: int) -> str:
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.UTC).strftime("%Y-%m-%d %H:%M")


def percent(share: float | None) -> str:
    if share is None:
        return UNKNOWN
    value = share * 100
    if value in (0, 100):
        return f"{value:.0f} %"
    if abs(value) < 0.005:
        return "< 0.01 %"
    return f"{min(value, 99.99) if value < 100 else value:.{2 if value < 0.995 or 99.5 <= value < 100 else 1}f} %"


def number(shown: str) -> float:
    return float(shown.split(" ")[0].replace(",", ""))


def rows_in(of: dict) -> int:
    return sum(of.values())


def test_the_data_is_what_was_given(data):
    import samples

    given = samples.shop()
    assert data["volume"]["hours"] == given["volume"]["hours"]
    assert data["totals"] == given["totals"] and data["funnel"] == given["funnel"]
    assert data["lake"] == given["lake"] and data["generated_at_ms"] == given["generated_at_ms"]
    by_id = lambda of: sorted(of, key=lambda item: item["id"])  # noqa: E731
    assert by_id(data["rules"]) == by_id(given["rules"]) and by_id(data["incidents"]) == by_id(given["incidents"])
    assert len(data["monitors"]) == 40 and len(data["rules"]) == 30


def test_totals(page, data):
    rows = data["totals"]["rows"]
    shown = [number(of.lstrip("=+")) for of in text(page, ".sum dd")]
    assert shown == [rows_in(rows)] + [rows[name] for name in ("facts", "duplicates", "rejected", "quarantined", "blocked", "discarded")]


def test_runs(page, data):
    for shown, run in zip(rows(page, "#runs"), data["runs"], strict=True):
        assert shown[:3] == [run["status"], time(run["started_at_ms"]), run["run_id"]]
        of = run["rows"]
        counts = [rows_in(of), of["facts"], of["duplicates"], of["rejected"], of["quarantined"], of["blocked"], of["discarded"]]
        assert [number(cell) for cell in shown[4:]] == counts


def test_tables(page, data):
    for shown, table in zip(rows(page, "#tables"), data["tables"], strict=True):
        age = (data["generated_at_ms"] - table["committed_at_ms"]) / 60_000
        limit = table["fresh_for_minutes"]
        word = "no limit" if limit is None else "fresh" if age <= limit else "late" if age <= 2 * limit else "stale"
        assert shown[:4] == [word, table["name"], f"{table['rows']:,}", time(table["committed_at_ms"])]


def test_funnel(page, data):
    steps = data["funnel"]["steps"]
    for i, (shown, step) in enumerate(zip(rows(page, "#funnel"), steps, strict=True)):
        rate = lambda of: percent(step[of] / steps[i - 1][of]) if i else UNKNOWN  # noqa: B023, E731
        assert shown == [
            step["name"], f"{step['sessions']:,}", rate("sessions"), percent(step["reference_rate"]),
            f"{step['events']:,}", rate("events"),
        ]  # fmt: skip
    widths = page.locator("#funnel-sessions .bar").evaluate_all("(bars) => bars.map((b) => parseFloat(b.getAttribute('width')))")
    assert widths == pytest.approx([100 * step["sessions"] / steps[0]["sessions"] for step in steps], abs=0.01)


def test_hours(page, data):
    hours = data["volume"]["hours"]
    for shown, hour in zip(rows(page, "#volume"), hours, strict=True):
        assert shown[:2] == [time(hour["hour"] * 3_600_000), f"{hour['rows']:,}"]
        assert (shown[2] == UNKNOWN) == ("lower" not in hour)
        assert bool(shown[4]) == hour.get("anomalous", False)
        if "lower" in hour:
            assert number(shown[2]) == pytest.approx(hour["lower"], abs=0.51)
            assert number(shown[3]) == pytest.approx(hour["upper"], abs=0.51)


def test_the_curve_goes_through_the_hours(page, data):
    """The last week's line and its band, read back from the drawing."""
    last = data["volume"]["hours"][-168:]
    top = max(number(tick) for tick in text(page, "#volume-latest > .tick[text-anchor=end]"))
    line = page.locator("#volume-latest .line").get_attribute("d")
    drawn = [tuple(map(float, point.split())) for point in line.lstrip("M").split("L")]
    assert [x for x, _ in drawn] == [i + 0.5 for i in range(168)]
    assert [top * (1 - y / 1000) for _, y in drawn] == pytest.approx([hour["rows"] for hour in last], abs=top / 1000)
    assert page.locator("#volume-latest .odd").count() == sum(hour.get("anomalous", False) for hour in last)
    assert page.locator("svg .odd").count() == sum(hour.get("anomalous", False) for hour in data["volume"]["hours"])
    assert page.locator("#volume-earlier .week").count() == 7


def test_marks_are_where_their_hours_are(page, data):
    mark = next(mark for mark in data["volume"]["marks"] if mark["label"].startswith("Volume"))
    line = page.locator("#volume-latest .line").bounding_box()
    span = page.locator("#volume-latest .span.incident").bounding_box()
    # The line is from the middle of the first hour to that of the last.
    an_hour = line["width"] / 167
    start = data["volume"]["hours"][-168]["hour"]
    assert span["x"] == pytest.approx(line["x"] + (mark["from_hour"] - start - 0.5) * an_hour, abs=2)
    assert span["width"] == pytest.approx((mark["to_hour"] - mark["from_hour"]) * an_hour, abs=2)
    assert [name for name in text(page, ".marks .name")] == [mark["label"] for mark in data["volume"]["marks"]]


def test_distributions(page, data):
    for i, distribution in enumerate(data["distributions"]):
        card = f"#distributions .card:nth-child({i + 1})"
        now, was = (sum(bin[of] for bin in distribution["bins"]) for of in ("current", "reference"))
        for shown, bin in zip(rows(page, card), distribution["bins"], strict=True):
            assert number(shown[1]) == bin["current"]
            assert shown[2:4] == [percent(bin["current"] / now), percent(bin["reference"] / was)]
            points = 100 * (bin["current"] / now - bin["reference"] / was)
            assert float(shown[4]) == pytest.approx(points, abs=0.0051)
        distance = distribution["distance"]
        assert text(page, f"{card} .badge") == [distance["outcome"]]
        assert number(text(page, f"{card} b")[0]) == distance["value"]


def test_rules(page, data):
    drawn = page.evaluate(
        """() => [...document.querySelectorAll('.strip')].map((strip) =>
            ['good', 'warn', 'aside', 'bad', 'quiet'].map((tone) =>
                (strip.querySelector('.' + tone)?.getAttribute('d').match(/M/g) ?? []).length))"""
    )
    for i, (shown, rule) in enumerate(zip(rows(page, "#rules .rules"), data["rules"], strict=True)):
        last = rule["results"][-1]
        assert shown[0] == last["outcome"] and shown[2] == rule["table"] and shown[4] == rule["expected"]
        assert rule["text"] in shown[1] and rule["id"] in shown[1]
        assert shown[6] == time(last["at_ms"])
        counts = [sum(r["outcome"] == o for r in rule["results"]) for o in ("pass", "warn", "quarantine", "block", "skip")]
        assert drawn[i] == counts
    assert len(rows(page, "#rules > .figures")) == sum(len(rule["results"]) for rule in data["rules"])


def test_monitors(page, data):
    shown = rows(page, "#monitors")
    assert [row[0] for row in shown] == [monitor["outcome"] for monitor in data["monitors"]]
    for row, monitor in zip(shown, data["monitors"], strict=True):
        assert monitor["monitor"] in row[1] and (monitor["segment"] or "") in row[1]
        for cell, name in ((4, "effect"), (6, "effect_floor"), (7, "p_adjusted"), (9, "statistic")):
            if monitor[name] is None:
                assert row[cell] == UNKNOWN
            else:
                assert number(row[cell]) == pytest.approx(monitor[name], rel=2e-2)


def test_rejected_rows(page, data):
    for shown, reason in zip(rows(page, "#rejected"), data["rejected"], strict=True):
        assert shown[:2] == [reason["reason"], f"{reason['rows']:,}"]
        example = reason["example"]
        line = example and example["line"]
        assert shown[4] == ((example["object"] + (f", line {line:,}" if line else "")) if example else "")


def test_incidents(page, data):
    for incident in data["incidents"]:
        card = page.locator(f"#incident-{incident['id']}")
        assert card.locator(".badge").inner_text() == incident["status"]
        assert card.locator(".what li").all_inner_texts() == incident["what"]
        assert card.locator(".commands pre").all_inner_texts() == incident["commands"]
        assert time(incident["from_hour"] * 3_600_000) in card.locator(".when").inner_text()


def test_the_summary_counts(page):
    assert [of.strip() for of in text(page, ".findings li")] == [
        "1 incident open", "12,936 rows held back", "1 rule blocking", "1 rule setting rows aside", "1 monitor breached", "1 table late",
    ]  # fmt: skip
    assert page.locator("#summary-heading").inner_text() == "Needs attention"
