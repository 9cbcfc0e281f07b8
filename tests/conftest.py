"""For all tests: one thread, steady hypothesis, test images, and definitions to check against.

Functions come as fixtures, since most test folders are no packages and share no module to
import. Fixtures import what takes seconds: the process that hands tests out to others needs none
of it, and nothing else runs meanwhile.
"""

import os
import shutil

import hypothesis
import numpy as np
import pytest

from ssimball.cli.main import main
from ssimball.runtime import compiling_process, fingerprint

# One process compiles for all tests of this one, however long it is idle; its start takes seconds.
compiling_process.IDLE = 3600
# HYPOTHESIS_PROFILE=explore looks at other examples than the last time.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=400, print_blob=True)
hypothesis.settings.register_profile("fuzz", deadline=None, max_examples=10_000, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Several test processes share the cores."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def linear():
    """``linear(weight)``: a linear model, whose best perturbations are known."""
    import torch

    class Linear(torch.nn.Module):
        """Two classes; the margin of class 0 is <weight, image - 0.5> + 1."""

        def __init__(self, weight):
            super().__init__()
            self.weight = weight
            self.eval()

        def forward(self, images):
            own = ((images - 0.5) * self.weight.to(images.dtype)).flatten(1).sum(1) + 1
            return torch.stack([own, torch.zeros_like(own)], 1)

    return Linear


@pytest.fixture(scope="session")
def scene():
    """A demo scene, uint8 (224, 224, 3)."""
    from ssimball.datasets.demo.scenes import render_scene

    return render_scene(7, 3, "validation").rgb


@pytest.fixture(scope="session")
def demo_classifier():
    """The shipped classifier."""
    from ssimball.config.model import ModelConfig
    from ssimball.models.classifier import load_classifier

    return load_classifier(ModelConfig())


@pytest.fixture(scope="session")
def picture(scene):
    """``picture(number, shape)``: an image float64 (C, H, W) in [0, 1]; six kinds take turns."""

    def make(number, shape):
        kind, rng = number % 6, np.random.default_rng(number)
        top, left = rng.integers(0, 224 - np.array(shape[1:]) + 1)
        crop = scene[top : top + shape[1], left : left + shape[2]].transpose(2, 0, 1) / 255
        return [
            lambda: np.resize(crop, shape),
            lambda: rng.random(shape),
            lambda: np.full(shape, rng.choice([0.0, 1.0, 3 / 255, rng.random()])),
            lambda: rng.integers(0, 2, shape).astype(float),
            # Contrast far too high: large black and white areas with edges between.
            lambda: np.clip(8 * (np.resize(crop, shape) - 0.5), 0, 1),
            # Values next to 0 and 1, down to the smallest float64.
            lambda: np.abs(rng.integers(0, 2, shape) - 10.0 ** -rng.integers(1, 320, shape)),
        ][kind]()

    return make


@pytest.fixture
def forget_files():
    """Return a function that empties what fingerprints remember of files, as the end does."""

    def forget():
        for cached in (fingerprint._fingerprint, fingerprint._locate, fingerprint._code):
            cached.cache_clear()

    yield forget
    forget()


@pytest.fixture(scope="session")
def windows_of():
    """Every window of an image as a row of weights: (windows, H * W)."""
    import scipy.signal

    def build(height, width, boundary="valid"):
        taps = scipy.signal.windows.gaussian(11, 1.5)
        window = np.outer(taps, taps) / taps.sum() ** 2
        pixels = np.arange(height * width).reshape(height, width)
        pixels = np.pad(pixels, 5 if boundary == "reflect" else 0, mode="symmetric")
        rows = []
        for covered in np.lib.stride_tricks.sliding_window_view(pixels, (11, 11)).reshape(-1, 121):
            row = np.zeros(height * width)
            np.add.at(row, covered, window.ravel())
            rows.append(row)
        return np.array(rows)

    return build


@pytest.fixture(scope="session")
def dense_ball(windows_of):
    """Matrix A of the quadratic ball of one channel, window by window, and windows N."""

    def build(x, boundary="valid"):
        W = windows_of(*x.shape, boundary)
        mean = W @ x.ravel()
        variance = (W * (x.ravel() - mean[:, None]) ** 2).sum(1)
        a, b = 1 / (2 * variance + 9e-4), 1 / (2 * mean**2 + 1e-4)
        # Sums over windows w of b w w' (the mean of d) and of a (Diag(w) - w w') (its variance).
        luminance = W.T @ (b[:, None] * W)
        structure = np.diag(a @ W) - W.T @ (a[:, None] * W)
        return luminance + structure, len(W)

    return build


@pytest.fixture(scope="session")
def reference_ssim():
    """SSIM map (C, H - 10, W - 10) of two float images (C, H, W), by scikit-image."""
    from skimage.metrics import structural_similarity

    def compute(x, y):
        _, full = structural_similarity(
            x,
            y,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=1,
            channel_axis=0,
            full=True,
        )
        return full[:, 5:-5, 5:-5]

    return compute


@pytest.fixture(scope="session")
def overlapping_texts():
    """Pairs of texts of a figure that are drawn over each other."""
    from matplotlib.text import Text

    def find(figure):
        figure.draw_without_rendering()
        hidden = set()
        for axes in figure.axes:
            if not axes.get_visible():
                hidden |= set(axes.findobj(Text))
            for axis in (axes.xaxis, axes.yaxis):
                low, high = sorted(axis.get_view_interval())
                ticks = axis.get_major_ticks()
                hidden |= {tick.label1 for tick in ticks if not low <= tick.get_loc() <= high}
        texts = [text for text in figure.findobj(Text) if text not in hidden]
        texts = [text for text in texts if text.get_visible() and text.get_text().strip()]
        boxes = np.array([text.get_window_extent().extents for text in texts]).reshape(-1, 2, 2)
        low, high = boxes[:, 0], boxes[:, 1]
        overlap = ((low[:, None] <= high) & (low <= high[:, None])).all(axis=2)
        pairs = np.argwhere(np.tril(overlap, -1))
        return [(texts[i].get_text(), texts[j].get_text()) for i, j in pairs]

    return find


@pytest.fixture
def ssimball():
    """``ssimball("audit", folder, ...)``: exit code of the command line."""

    def code(*arguments):
        with pytest.raises(SystemExit) as ended:
            main([str(one) for one in arguments], prog_name="ssimball")
        return ended.value.code

    return code


@pytest.fixture(scope="session")
def gpu():
    """A GPU, set up as for a job."""
    import torch

    from ssimball.runtime.devices import select_device

    if not torch.cuda.is_available():
        pytest.skip("needs a GPU: run on a machine with a CUDA device, pytest -m gpu")
    return select_device("cuda")


@pytest.fixture(scope="module")
def chromium():
    """A browser without a window."""
    from playwright.sync_api import sync_playwright

    named = os.environ.get("SSIMBALL_CHROMIUM")
    path = named or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip(
            "needs Chromium: apt-get install chromium, or set SSIMBALL_CHROMIUM to its path"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_explorer(chromium):
    """Opens the explorer of a run's folder; nothing may be complained of or asked of a network."""
    told = []

    def complained(message):
        if message.type in ("error", "warning"):
            told.append(message.text)

    def asked(request):
        if not request.url.startswith(("file:", "data:", "blob:")):
            told.append(request.url)

    def opened(folder, link="", **settings):
        page = chromium.new_context(**settings).new_page()
        page.on("console", complained)
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("request", asked)
        page.goto((folder / "report" / "index.html").as_uri() + link)
        page.wait_for_selector("html[data-ready]")
        return page

    yield opened
    for context in chromium.contexts:
        context.close()
    assert told == []


@pytest.fixture
def make_network():
    """``make_network(channels)``: convolutions with batch norm and dropout, 4 classes."""
    import torch
    from torch import nn

    def make(channels=3):
        torch.manual_seed(0)
        return nn.Sequential(
            *(nn.Conv2d(channels, 8, 5, 4), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.5)),
            *(nn.Conv2d(8, 8, 3, 2), nn.ReLU()),
            *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4)),
        ).eval()

    return make


@pytest.fixture
def network(make_network):
    return make_network()


@pytest.fixture
def images(scene):
    """Three crops of the scene, of 8 bits, float32 (3, 3, 32, 32)."""
    import torch

    crops = [scene[top : top + 32, 96:128] for top in (32, 96, 150)]
    return torch.stack([torch.from_numpy(c.transpose(2, 0, 1) / 255) for c in crops]).float()
