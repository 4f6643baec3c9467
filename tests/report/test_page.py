"""The page as a file: it opens anywhere, says nothing, asks nobody, and does without its script."""

import re

import pytest

import samples
from browsers import WIDTHS, opened, unfold


def test_it_opens_without_a_word_and_asks_nobody(report, browser):
    with opened(browser, report.url) as page:
        unfold(page)
        page.wait_for_timeout(100)
        assert page.said == []
        assert [url for url in page.asked if not url.startswith("data:")] == [report.url]
        assert page.title().startswith("Estrella · ")


def test_markup_in_the_data_is_text(make, browser):
    made = make(samples.hostile())
    with opened(browser, made.url) as page:
        assert page.said == []
        assert page.locator("script").count() == 2
        assert page.locator(".lake").inner_text().startswith(samples.HOSTILE)
        assert page.locator("#rules tbody th code").first.inner_text().startswith(samples.HOSTILE)


def test_the_policy_stops_a_script_that_slips_in(shop, browser, tmp_path):
    """The second line of defence: were a text not escaped, it would not run."""
    path = tmp_path / "report.html"
    path.write_text(shop.html.replace("</main>", "<script>document.title = 'taken over'</script></main>"), "utf-8")
    with opened(browser, path.as_uri()) as page:
        assert page.title().startswith("Estrella · ")
        assert any("Content Security Policy" in said for said in page.said)


@pytest.mark.parametrize("width", WIDTHS)
def test_it_never_scrolls_sideways(report, browser, width):
    with opened(browser, report.url, width) as page:
        for _ in range(2):
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            beyond = page.evaluate(
                """() => [...document.querySelectorAll('main *')].filter((element) => {
                    if (element.closest('.scroll') && !element.matches('.scroll')) return false;
                    return element.getBoundingClientRect().right > innerWidth + 1;
                }).map((element) => element.outerHTML.slice(0, 90))"""
            )
            assert beyond == []
            unfold(page, most=100)


def test_all_is_there_without_the_script(shop, browser):
    with opened(browser, shop.url, java_script_enabled=False) as page:
        assert page.said == []
        assert page.locator(".theme").is_hidden() and page.locator(".inspector").is_hidden()
        for section in page.locator("main > section").all():
            assert section.locator("h2").is_visible()
        assert page.locator("svg.chart").count() >= 10
        page.locator("#volume .figures summary").click()
        assert page.locator("#volume tbody tr").last.is_visible()


def test_it_prints(shop, browser):
    with opened(browser, shop.url, theme="dark") as page:
        page.emulate_media(media="print")
        for hidden in ("nav", ".theme", ".inspector", ".skip", ".figures >> nth=0"):
            assert page.locator(hidden).is_hidden(), hidden
        # Ink on paper, whatever the screen is like.
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 31, 35)"
        assert page.locator("#monitors .rest tbody tr").last.is_visible()
        pdf = page.pdf(format="A4")
        pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
        assert pdf.startswith(b"%PDF") and 4 <= pages <= 14


def test_it_stays_small(shop, make):
    assert len(shop.html.encode()) < 700_000
    assert len(make(samples.nothing()).html.encode()) < 40_000
