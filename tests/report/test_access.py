"""By keyboard, by ear, and by the rules of WCAG."""

import pytest

from browsers import axe, opened, unfold

FOCUSED = "document.activeElement.outerHTML.slice(0, 80)"


@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (1440, "light")])
def test_axe_finds_nothing(report, browser, width, theme):
    with opened(browser, report.url, width, theme) as page:
        unfold(page, most=100)
        page.evaluate(axe())
        found = page.evaluate("axe.run(document, { resultTypes: ['violations', 'incomplete'] })")
        assert len(found["passes"]) > 20
        said = {
            violation["id"]: (violation["impact"], [node["html"][:120] for node in violation["nodes"][:3]])
            for violation in found["violations"]
        }
        assert said == {}


def test_every_drawing_has_a_name(report, browser):
    with opened(browser, report.url) as page:
        said = page.evaluate(
            """() => [...document.querySelectorAll('svg:not(svg svg):not([aria-hidden=true])')].map((svg) => {
                const text = (of) => document.getElementById(svg.getAttribute(of))?.textContent.trim();
                return [svg.getAttribute('role'), text('aria-labelledby'), text('aria-describedby')];
            })"""
        )
        assert all(role == "img" and title and says for role, title, says in said), said
        # As the browser tells it to those who do not see it.
        for title in {title for _, title, _ in said}:
            assert page.get_by_role("img", name=title, exact=True).count() >= 1


def test_every_chart_has_its_figures(shop, browser):
    with opened(browser, shop.url) as page:
        without = page.evaluate(
            """() => [...document.querySelectorAll('svg[role=img]')]
                .filter((svg) => !svg.closest('.card, section').querySelector('table')).map((svg) => svg.id)"""
        )
        assert without == []


def test_headings_and_landmarks_are_in_order(report, browser):
    with opened(browser, report.url) as page:
        levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map((h) => Number(h.tagName[1]))")
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after <= before + 1 for before, after in zip(levels, levels[1:]))
        for role in ("banner", "navigation", "main", "contentinfo"):
            assert page.get_by_role(role).count() == 1, role


def test_the_keyboard_reaches_everything(shop, browser):
    with opened(browser, shop.url) as page:
        page.keyboard.press("Tab")
        assert 'class="skip"' in page.evaluate(FOCUSED)
        assert page.locator(".skip").bounding_box()["y"] >= 0, "the link is seen when it has the focus"
        expected = page.evaluate(
            """[...document.querySelectorAll('a[href], button:not([hidden]), input, summary, [tabindex="0"]')]
                .filter((e) => e.checkVisibility({ contentVisibilityAuto: true })).length"""
        )
        seen = []
        while len(seen) < 400:
            seen.append(page.evaluate(FOCUSED))
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", seen[-1]
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === document.body || document.activeElement.matches('.skip')"):
                break
        assert len(seen) == expected
        for part in ('class="theme"', "<summary", 'type="range"', "<button", 'class="scroll"', 'href="#rules"'):
            assert any(part in of for of in seen), part


def test_the_skip_link_leads_to_the_report(shop, browser):
    with opened(browser, shop.url) as page:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_figures_unfold_by_keyboard(shop, browser):
    with opened(browser, shop.url) as page:
        page.locator("#volume .figures summary").focus()
        page.keyboard.press("Enter")
        assert page.locator("#volume tbody tr").first.is_visible()


def test_hours_are_read_out_by_keyboard_and_pointer(shop, browser):
    hours = shop.data["volume"]["hours"]
    with opened(browser, shop.url) as page:
        slider, says = page.get_by_label("Inspect an hour"), page.locator("#hour-says")
        assert f"{hours[-1]['rows']:,} events" in says.inner_text()
        slider.focus()
        page.keyboard.press("ArrowLeft")
        assert f"{hours[-2]['rows']:,} events, expected" in says.inner_text()
        assert slider.get_attribute("aria-valuetext") == says.inner_text()
        page.keyboard.press("Home")
        assert f"{hours[0]['rows']:,} events, no reference yet" in says.inner_text()
        hit = page.locator("#volume-latest .hit")
        box = hit.bounding_box()
        hit.hover(position={"x": box["width"] * 10.5 / 168, "y": 20})
        assert f"{hours[-158]['rows']:,} events" in says.inner_text()


def test_tables_are_sorted_by_any_column(shop, browser):
    with opened(browser, shop.url) as page:
        cells = lambda: page.locator("#runs tbody td:nth-child(7)").all_inner_texts()  # noqa: E731
        button = page.locator("#runs th").get_by_role("button", name="Duplicates")
        values = sorted(int(cell.replace(",", "")) for cell in cells())
        button.focus()
        page.keyboard.press("Enter")
        assert [int(cell) for cell in cells()] == values[::-1]
        assert page.locator("#runs th[aria-sort=descending]").inner_text() == "Duplicates"
        page.keyboard.press("Enter")
        assert [int(cell) for cell in cells()] == values
        # What is not known stays last, whichever way it is sorted.
        for _ in range(2):
            page.locator("#monitors th").get_by_role("button", name="Effect").first.click()
            assert page.locator("#monitors tbody").first.locator("tr td:nth-child(5)").last.inner_text() == "–"


def test_a_link_to_a_folded_incident_unfolds_it(shop, browser):
    with opened(browser, shop.url) as page:
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = false; })")
        page.locator(".marks a").first.click()
        page.wait_for_function("location.hash && document.querySelector(location.hash).checkVisibility()")
