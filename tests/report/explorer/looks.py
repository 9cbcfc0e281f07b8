"""Opens an explorer in Chromium or Firefox at a width and in a colour scheme, and photographs it.

Playwright drives its own build of Firefox only; Mozilla's client drives the one that people have.
"""

import io
import time
from contextlib import contextmanager

import PIL.Image

HEIGHT = 900
#: Elements that reach over the right edge of the page, where nothing around them scrolls.
CUT_OFF = """
  const scrolls = e => /auto|scroll|hidden/.test(getComputedStyle(e).overflowX);
  const inside = e => { while ((e = e.parentElement) && e !== document.body) {
    if (scrolls(e)) return true; } return false; };
  return [...document.body.querySelectorAll('*')]
    .filter(e => e.getClientRects().length && e.getBoundingClientRect().right > innerWidth + 1)
    .filter(e => !inside(e)).map(e => e.tagName + ' ' + e.id + ' ' + e.className);
"""
#: Brightness of the page's background, 0 to 1.
BACKGROUND = """
  const colour = getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).map(Number);
  return (colour[0] + colour[1] + colour[2]) / 3 / 255;
"""
#: Sizes of the canvases that are seen and hold more than one colour.
DRAWN = """
  return [...document.querySelectorAll('canvas')].filter(c => c.getClientRects().length)
    .filter(c => new Set(new Uint32Array(c.getContext('2d')
      .getImageData(0, 0, c.width, c.height).data.buffer)).size > 1).length;
"""
READY = "return document.documentElement.hasAttribute('data-ready')"
SHOWN = "const v = document.getElementById('viewer'); return Boolean(v && v.dataset.shown)"
PAGE_HEIGHT = "return document.documentElement.scrollHeight"
#: What Firefox's console says of the page's own scripts and styles.
COMPLAINTS = """
  return Services.console.getMessageArray().filter(m => m instanceof Ci.nsIScriptError)
    .filter(m => m.sourceName.startsWith('file:')).map(String);
"""


def until(run, script):
    """Wait until a script returns true; fail after 20 seconds."""
    last = time.monotonic() + 20
    while not run(script):
        assert time.monotonic() < last, f"never came true: {script}"
        time.sleep(0.05)


class Opened:
    """A page that is open: ``run(script)`` and ``picture()``, which is a PNG of the whole page."""

    def __init__(self, run, picture):
        self.run, self.picture = run, picture


@contextmanager
def in_chromium(browser, url, width, scheme):
    """Open a page in Playwright's ``browser``."""
    size = {"width": width, "height": HEIGHT}
    with browser.new_context(viewport=size, color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(url)
        yield Opened(
            lambda script: page.evaluate(f"() => {{{script}}}"),
            lambda: page.screenshot(full_page=True),
        )


@contextmanager
def firefox(path, folder):
    """Start Firefox without a window and with an empty profile; yield Mozilla's client.

    Its log goes into ``folder``. Mozilla's client removes the file that it is told to write the log
    to, and would remove a device, too.
    """
    from marionette_driver.marionette import Marionette  # make test-looks installs it

    client = Marionette(bin=path, headless=True, gecko_log=str(folder))
    client.start_session()
    try:
        yield client
    finally:
        client.quit()
        client.cleanup()


@contextmanager
def in_firefox(client, url, width, scheme, wrapper):
    """Open a page in a frame of the file ``wrapper``, since no window is below 500 pixels wide."""
    dark = "layout.css.prefers-color-scheme.content-override"
    client.set_pref(dark, 0 if scheme == "dark" else 1)
    client.set_window_rect(width=1600, height=HEIGHT + 200)
    frame = f'<iframe id="page" src="{url}" style="border:0;width:{width}px;height:{HEIGHT}px">'
    wrapper.write_text(f'<!doctype html><body style="margin:0">{frame}</iframe>')
    client.navigate(wrapper.as_uri())
    client.switch_to_frame(client.find_element("id", "page"))

    def picture():
        height = client.execute_script(PAGE_HEIGHT)
        client.switch_to_frame()
        page = client.find_element("id", "page")
        client.execute_script("arguments[0].style.height = arguments[1] + 'px'", [page, height])
        window = PIL.Image.open(io.BytesIO(client.screenshot(format="binary")))
        png = io.BytesIO()
        window.crop((0, 0, width, height)).save(png, "png")
        return png.getvalue()

    yield Opened(client.execute_script, picture)
    client.switch_to_frame()
    with client.using_context("chrome"):
        complaints = client.execute_script(COMPLAINTS)
    assert complaints == []
