"""Names that are markup stay text, wherever the explorer shows them."""

import pytest

pytestmark = pytest.mark.browser


def ran(page):
    return page.evaluate("window.ran") is not None


def foreign(page):
    """Elements and handlers that only the markup in names could have made."""
    made = "[onerror], [onload], [onmouseover], [onfocus], [src=x], #list script, #viewer script"
    return page.locator(made).count()


def test_names_are_shown_as_text_in_the_list(hostile, open_explorer):
    page = open_explorer(hostile.folder)
    names = list(hostile.tables.images)
    assert page.locator("#list td.name a").all_inner_texts() == names
    text = page.inner_text("#list")
    assert "<img src=x onerror=window.ran=1>" in text and "<svg onload=" in text
    for attack in ("", "fgsm", "ssim_ball"):
        page.select_option("#list-attack", attack)
        for outcome in ("fooled", "held", "none", ""):
            page.select_option("#list-outcome", outcome)
        for header in page.locator("#list thead th").all():
            header.click()
    page.fill("#list-search", "<img")
    page.locator("#list td").first.hover()
    assert (ran(page), foreign(page)) == (False, 0)


def test_names_are_shown_as_text_in_the_viewer(hostile, open_explorer):
    page = open_explorer(hostile.folder)
    for name in hostile.tables.images:
        page.get_by_role("link", name=name, exact=True).first.click()
        page.wait_for_function("name => viewer.image === name && viewer.numbers", arg=name)
        page.wait_for_selector("#viewer:not([data-shown=''])")
        assert page.inner_text("#viewer-title") == name
        for fold in page.locator("#viewer summary").all():
            fold.click()
        assert (ran(page), foreign(page)) == (False, 0)
        page.click("#viewer-close")


def test_the_policy_stops_what_would_get_through(tiny, chromium):
    page = chromium.new_context().new_page()
    page.goto((tiny.folder / "report" / "index.html").as_uri())
    page.wait_for_selector("html[data-ready]")
    inserted = "document.body.insertAdjacentHTML('beforeend', text)"
    page.evaluate(f"text => {inserted}", "<img src=x onerror=window.ran=1>")
    page.evaluate(f"text => {inserted}", "<iframe srcdoc='<script>parent.ran=1</script>'></iframe>")
    page.wait_for_timeout(300)
    assert not ran(page)
    asked = "fetch('https://example.org').then(() => 'sent', () => 'refused')"
    assert page.evaluate(asked) == "refused"


def test_a_command_to_copy_is_one_word(hostile, open_explorer):
    page = open_explorer(hostile.folder)
    assert page.evaluate("quoted(\"a'; rm -rf ~; '\")") == "'a'\\''; rm -rf ~; '\\'''"
