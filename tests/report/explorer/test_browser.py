"""The explorer in a browser, opened from disk and used as a reader would use it."""

import re
from urllib.parse import quote

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1440, "height": 900}


def link(image, attack, **more):
    named = {"image": image, "attack": attack, **more}
    return "#" + "&".join(f"{key}={quote(str(value), safe='')}" for key, value in named.items())


def shown(page, image, attack):
    """Wait until an image is shown under an attack."""
    page.wait_for_function(
        "text => document.getElementById('viewer').dataset.shown === text", arg=f"{image} {attack}"
    )


def listed(page):
    return page.locator("#list td.name a").all_inner_texts()


def test_two_clicks_lead_from_a_number_to_its_picture(tiny, open_explorer):
    page = open_explorer(tiny.folder)
    page.click("#answer >> text=ssim_ball")
    assert page.input_value("#list-attack") == "ssim_ball"
    row = page.locator("#list tbody tr", has_text="c 3&4")
    value = tiny.overlaps("ssim_ball", "c 3&4")["spearman_cam"]
    row.get_by_role("link", name=f"{value:+.2f}".replace("-", "−")).first.click()
    shown(page, "c 3&4", "ssim_ball")
    assert "Fooled: now classified as disk" in page.inner_text("#chosen-status")
    text = page.inner_text("#provenance")
    assert "attacks/ssim_ball/00000.parquet" in text and "row 2" in text
    assert "99.900 %" in page.inner_text("#certificate")


def test_numbers_of_the_answer_lead_to_their_images(tiny, open_explorer):
    page = open_explorer(tiny.folder)
    page.get_by_role("row", name="ssim_ball").first.get_by_role("link", name="100 %").click()
    assert page.input_value("#list-outcome") == "fooled"
    assert listed(page) == list(tiny.tables.images[:3])
    page.goto(page.url.partition("#")[0] + "#attack=ssim_ball&sort=spearman_cam")
    page.locator("#list thead th[aria-sort=descending]", has_text="Overlap with the CAM").wait_for()
    values = {name: tiny.overlaps("ssim_ball", name)["spearman_cam"] for name in tiny.clean}
    known = [name for name in values if values[name] is not None]
    assert listed(page)[:3] == sorted(known, key=values.get, reverse=True)


def test_two_explorers_stand_side_by_side(tiny, open_explorer):
    page = open_explorer(tiny.folder, link("a/1.png", "fgsm"))
    shown(page, "a/1.png", "fgsm")
    page.click("#viewer-beside")
    left, right = (page.frame_locator(f"#side-{name}") for name in ("left", "right"))
    left.locator("#viewer[data-shown='a/1.png fgsm']").wait_for()
    right.locator("#viewer[data-shown='a/1.png ssim_ball']").wait_for()
    left.locator("#viewer-next").click()
    right.locator("#viewer[data-shown='<b>2</b> ssim_ball']").wait_for()
    page.uncheck("#side-image")
    left.locator("#viewer-next").click()
    left.locator("#viewer[data-shown='c 3&4 fgsm']").wait_for()
    assert right.locator("#viewer").get_attribute("data-shown") == "<b>2</b> ssim_ball"


def test_the_list_is_filtered_and_sorted(tiny, open_explorer):
    page = open_explorer(tiny.folder)
    assert listed(page) == list(tiny.tables.images)
    page.select_option("#list-outcome", "none")
    assert listed(page) == ["wrong", "broken"]
    page.select_option("#list-attack", "fgsm")
    page.select_option("#list-outcome", "fooled")
    assert page.inner_text("#list tbody") == "No image matches."
    page.select_option("#list-outcome", "")
    page.fill("#list-search", "egg")
    assert listed(page) == ["c 3&4", "wrong"]
    page.fill("#list-search", "")
    page.select_option("#list-attack", "")
    page.locator("#list thead th", has_text="ssim").click()
    # DataTables sorts after the click has been handled.
    page.locator("#list thead th[aria-sort=descending]", has_text="ssim").wait_for()
    values = {name: tiny.overlaps("ssim_ball", name)["spearman_cam"] for name in tiny.tables.images}
    known = [name for name in values if values[name] is not None]
    assert listed(page)[:3] == sorted(known, key=values.get, reverse=True)


def test_numbers_at_the_threshold_are_those_of_the_table(tiny, open_explorer):
    page = open_explorer(tiny.folder, link("a/1.png", "fgsm"))
    shown(page, "a/1.png", "fgsm")
    stored = tiny.overlaps("fgsm", "a/1.png")
    expected = [f"{stored[metric]:.3f}" for metric in ("top_share_cam", "top_iou_cam")]
    assert re.findall(r"\d\.\d{3}", page.inner_text("#overlay-note")) == expected
    page.locator("#overlay-top").fill("60")
    assert page.inner_text("#overlay-shown") == "60 %"
    assert re.findall(r"\d\.\d{3}", page.inner_text("#overlay-note")) != expected
    assert page.url.endswith("top=0.6")
    page.goto(page.url)
    shown(page, "a/1.png", "fgsm")
    assert page.input_value("#overlay-top") == "60"


def test_the_browser_has_the_stored_pixels(tiny, open_explorer):
    page = open_explorer(tiny.folder, link("<b>2</b>", "ssim_ball"))
    shown(page, "<b>2</b>", "ssim_ball")
    read = "Array.from(panels.now.{}.data)"
    for name, stored in (
        ("clean", tiny.clean["<b>2</b>"]),
        ("adversarial", tiny.adversarial["ssim_ball", "<b>2</b>"]),
    ):
        pixels = np.reshape(page.evaluate(read.format(name)), (*stored.shape[:2], 4))
        np.testing.assert_array_equal(pixels[..., :3], stored)


def test_the_divider_and_the_keys(tiny, open_explorer):
    page = open_explorer(tiny.folder, link("a/1.png", "fgsm"))
    shown(page, "a/1.png", "fgsm")
    page.locator("#compare-divider").fill("25")
    clip = "getComputedStyle(document.getElementById('compare-adversarial')).clipPath"
    assert page.evaluate(clip) == "inset(0px 0px 0px 25%)"
    page.locator("#viewer-title").focus()
    page.keyboard.press("Space")
    assert page.get_attribute("#compare", "data-whole") == "clean"
    page.keyboard.press("b")
    page.wait_for_selector("#compare[data-whole=clean]")
    page.wait_for_selector("#compare[data-whole=adversarial]")
    page.keyboard.press("b")
    page.keyboard.press("ArrowDown")
    shown(page, "a/1.png", "ssim_ball")
    page.keyboard.press("ArrowRight")
    shown(page, "<b>2</b>", "ssim_ball")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#viewer").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#viewer").is_visible()
    assert page.evaluate("document.activeElement.textContent") == "<b>2</b>"


def test_nothing_blinks_with_reduced_motion(tiny, open_explorer):
    page = open_explorer(tiny.folder, link("a/1.png", "fgsm"), reduced_motion="reduce")
    shown(page, "a/1.png", "fgsm")
    page.keyboard.press("b")
    assert page.get_attribute("#compare", "data-whole") == "adversarial"
    page.wait_for_timeout(700)
    assert page.get_attribute("#compare", "data-whole") == "adversarial"


def test_missing_images_and_pictures_have_a_message(tiny, open_explorer):
    page = open_explorer(tiny.folder, link("wrong", "fgsm"))
    shown(page, "wrong", "fgsm")
    assert page.inner_text("#chosen-status") == "skipped: misclassified"
    assert "which is wrong, so the image was not attacked" in page.inner_text("#viewer-facts")
    page.keyboard.press("ArrowRight")
    shown(page, "broken", "fgsm")
    assert "ssimball show results/tiny 'broken'" in page.inner_text("#viewer-notice")
    assert "failed: cannot be read" in page.inner_text("#viewer-facts")
    page.goto(page.url.partition("#")[0] + link("nowhere", "fgsm"))
    page.wait_for_selector("#viewer.missing")
    assert "This run has no image nowhere." in page.inner_text("#viewer-notice")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(tiny, open_explorer, scheme):
    page = open_explorer(tiny.folder, color_scheme=scheme, viewport=DESKTOP)
    # All rules once; in the dark scheme, only colours differ.
    rules = {} if scheme == "light" else {"runOnly": ["color-contrast"]}

    def barriers():
        # Without `preload`, which would fetch the style sheets.
        found = Axe().run(page, options={"preload": False, **rules}).response["violations"]
        return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]

    assert barriers() == []
    page.select_option("#list-attack", "ssim_ball")
    assert barriers() == []
    page.goto(page.url.partition("#")[0] + link("a/1.png", "ssim_ball"))
    shown(page, "a/1.png", "ssim_ball")
    for fold in page.locator("#viewer summary").all():
        fold.click()
    assert barriers() == []


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_it_fits_the_screen(tiny, open_explorer, viewport):
    page = open_explorer(tiny.folder, link("a/1.png", "fgsm"), viewport=viewport)
    shown(page, "a/1.png", "fgsm")
    wide = "id => document.getElementById(id).scrollWidth - document.getElementById(id).clientWidth"
    assert page.evaluate(wide, "viewer") == 0
    page.click("#viewer-close")
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
