"""The explorer as people see it: two browsers, a phone, a tablet and a desktop, light and dark.

``.ci/run`` looks at the demo's explorer (``SSIMBALL_RUN``) and keeps the screenshots
(``SSIMBALL_SCREENSHOTS``). Firefox takes some seconds to start.
"""

import os
import shutil
from pathlib import Path

import pytest

from .looks import (
    BACKGROUND,
    CUT_OFF,
    DRAWN,
    READY,
    SHOWN,
    firefox,
    in_chromium,
    in_firefox,
    until,
)

pytestmark = pytest.mark.looks
WIDTHS = {"phone": 390, "tablet": 768, "desktop": 1440}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        pytest.skip("needs Firefox: apt-get install firefox-esr")
    pytest.importorskip("marionette_driver", reason="needs Mozilla's client: make test-looks")
    with firefox(path, tmp_path_factory.mktemp("firefox")) as started:
        yield started


@pytest.fixture(scope="module")
def explorer(request):
    """Address of the explorer of the run SSIMBALL_RUN, or of the tiny run."""
    named = os.environ.get("SSIMBALL_RUN")
    run = Path(named).resolve() if named else request.getfixturevalue("tiny").folder
    return (run / "report" / "index.html").as_uri()


@pytest.fixture(params=["chromium", "firefox"])
def opened(request, tmp_path):
    """``opened(url, width, scheme)``: a page in each browser."""
    if request.param == "chromium":
        browser = request.getfixturevalue("chromium")
        return lambda *given: in_chromium(browser, *given)
    client = request.getfixturevalue("client")
    return lambda *given: in_firefox(client, *given, tmp_path / "frame.html")


def keep(name, png):
    folder = os.environ.get("SSIMBALL_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.png").write_bytes(png)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", WIDTHS)
@pytest.mark.parametrize("part", ["answer", "image"])
def test_nothing_is_cut_off(explorer, opened, request, device, scheme, part):
    link = "" if part == "answer" else "#attack=ssim_ball"
    with opened(explorer + link, WIDTHS[device], scheme) as page:
        until(page.run, READY)
        if part == "image":
            page.run("document.querySelector('#list tbody td.name a').click()")
            until(page.run, SHOWN)
            until(page.run, DRAWN)
        assert page.run(CUT_OFF) == []
        brightness = page.run(BACKGROUND)
        assert brightness < 0.3 if scheme == "dark" else brightness > 0.7
        browser = request.node.callspec.params["opened"]
        keep(f"{part}_{device}_{scheme}_{browser}", page.picture())
