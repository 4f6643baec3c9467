"""Both themes can be read, and there is something to see."""

import base64

import pytest

from browsers import THEMES, opened, unfold

# Luminance and contrast as WCAG 2.2 defines them; text in drawings is filled, not coloured.
CONTRASTS = """() => {
    const channels = (colour) => {
        const found = colour.match(/^rgba?\\(([\\d.]+), ([\\d.]+), ([\\d.]+)(?:, ([\\d.]+))?\\)$/);
        if (!found) throw new Error('unread colour ' + colour);
        return found.slice(1).map((part) => (part === undefined ? 1 : Number(part)));
    };
    const luminance = ([r, g, b]) => {
        const linear = [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    const ground = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const colour = channels(getComputedStyle(at).backgroundColor);
            if (colour[3] === 1) return colour;
            if (colour[3] > 0) throw new Error('half a ground');
        }
        throw new Error('no ground');
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.textContent.trim() || element.closest('script, title, desc, .unseen, caption')) continue;
        if (!element.checkVisibility({ visibilityProperty: true })) continue;
        const drawn = element.closest('svg text');
        const style = getComputedStyle(element);
        const [a, b] = [luminance(channels(drawn ? style.fill : style.color)), luminance(ground(element))];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        found.push([contrast, element.className.baseVal ?? element.className, walker.currentNode.textContent.slice(0, 40)]);
    }
    return found;
}"""

COLOURS = """async (png) => {
    const image = new Image();
    image.src = 'data:image/png;base64,' + png;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
    canvas.drawImage(image, 0, 0);
    const pixels = new Uint32Array(canvas.getImageData(0, 0, image.width, image.height).data.buffer);
    const counts = new Map();
    for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
    const [ground, most] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a));
    return { share: most / pixels.length, colours: counts.size, red: ground & 255 };
}"""


@pytest.mark.parametrize("theme", THEMES)
def test_text_stands_out(report, browser, theme):
    with opened(browser, report.url, theme=theme) as page:
        unfold(page, most=100)
        contrasts = page.evaluate(CONTRASTS)
        assert len(contrasts) > 30
        assert [found for found in contrasts if found[0] < 4.5] == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [360, 1440])
def test_there_is_something_to_see(shop, browser, theme, width):
    with opened(browser, shop.url, width, theme) as page, opened(browser, "about:blank") as reader:
        for section in ("#summary", "#volume", "#distributions"):
            png = base64.b64encode(page.locator(section).screenshot()).decode()
            seen = reader.evaluate(COLOURS, png)
            assert seen["colours"] > 40 and seen["share"] < 0.985, section
            assert (seen["red"] > 200) == (theme == "light"), section


def test_the_theme_is_chosen_and_kept(shop, browser):
    ground = "getComputedStyle(document.body).backgroundColor"
    with opened(browser, shop.url) as page:
        light = page.evaluate(ground)
        button = page.get_by_role("button", name="Dark theme")
        button.click()
        dark = page.evaluate(ground)
        assert dark != light and page.get_by_role("button", name="Light theme").is_visible()
        page.reload()
        assert page.evaluate(ground) == dark
        page.get_by_role("button", name="Light theme").click()
        assert page.evaluate(ground) == light
        assert page.said == []
