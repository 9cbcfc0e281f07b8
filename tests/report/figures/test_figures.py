"""The overview and the contact sheet: numbers that are drawn, equal bytes, unusual inputs."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.collections import LineCollection
from PIL import Image

from ssimball.overlap.metric import PARTIAL_CAM, Metric, quantity_columns, quantity_of
from ssimball.report.figures.overview import overview
from ssimball.report.figures.rows import overview_rows
from ssimball.report.figures.sheet import SheetRow, contact_sheet
from ssimball.report.figures.style import save

OVERVIEW = {"confidence": 0.95, "top": 0.2}
SHEET = {"amplify": 10.0, "top": 0.2, "title": "an attack"}


def summary_rows(kinds=("cam",), **changes):
    names = {"cam": ("spearman", "top_share", "top_iou"), "mask": ("spearman", "share", "top_iou")}
    numbers = {"mean": 0.4, "ci_low": 0.3, "ci_high": 0.6, "null_mean": 0.1}
    numbers |= {"null_ci_low": 0.05, "null_ci_high": 0.12, **changes}
    return [
        {"attack": attack, **Metric(measure, kind).columns(), **numbers}
        for attack in ("fgsm", "ssim_ball")
        for kind in kinds
        for measure in names[kind]
    ]


def sheet_row(seed=0, **changes):
    rng = np.random.default_rng(seed)
    clean = rng.integers(20, 230, (56, 56, 3), dtype=np.uint8)
    adversarial = clean + rng.integers(0, 8, clean.shape, dtype=np.uint8)
    ssim_map = 1 - 0.2 * rng.random((46, 46))
    cam = np.arange(49.0).reshape(7, 7) - 20
    row = {"image_id": "one", "true_name": "tabby", "predicted_name": "lynx, catamount"}
    row |= {"clean": clean, "adversarial": adversarial, "ssim_map": ssim_map, "cam": cam}
    return SheetRow(**{**row, "mean_ssim": 0.99, "spearman": 0.1, **changes})


def texts(figure):
    return [text.get_text() for text in figure.findobj(mpl.text.Text) if text.get_text()]


@pytest.mark.parametrize("kinds, panels", [(("cam",), 3), (("cam", "mask"), 6)])
def test_overview_draws_means_and_intervals_of_value_and_null(kinds, panels):
    figure = overview(summary_rows(kinds), **OVERVIEW)
    assert len(figure.axes) == panels
    for axes in figure.axes:
        drawn = [
            (box.lines[0].get_xdata(), box.lines[2][0].get_segments()) for box in axes.containers
        ]
        for (mean, bars), expected in zip(drawn, [(0.4, 0.3, 0.6), (0.1, 0.05, 0.12)], strict=True):
            assert mean == pytest.approx([expected[0]] * 2)
            assert np.array(bars)[:, :, 0] == pytest.approx(np.array([expected[1:]] * 2))


def test_overview_is_drawn_from_its_table_alone(tmp_path):
    summary = summary_rows(("cam", "mask"), n=9)
    summary += [{**summary[0], **quantity_columns(one)} for one in ("fooling_rate", PARTIAL_CAM)]
    rows = overview_rows(summary)
    assert set(map(quantity_of, rows)) < set(map(quantity_of, summary))
    first = save(overview(summary, **OVERVIEW), tmp_path / "all")
    second = save(overview(rows, **OVERVIEW), tmp_path / "table")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_overview_draws_no_missing_values(tmp_path):
    rows = summary_rows(null_mean=None, null_ci_low=None, null_ci_high=None, ci_low=None)
    figure = overview([*rows, {"attack": "last", **quantity_columns("fooling_rate")}], **OVERVIEW)
    value, null = figure.axes[0].containers
    assert value.lines[0].get_xdata() == pytest.approx([0.4, 0.4, np.nan], nan_ok=True)
    assert np.isnan(null.lines[0].get_xdata()).all()
    save(figure, tmp_path / "overview")


def test_sheet_amplifies_around_grey_and_outlines_the_top_cells():
    row = sheet_row()
    figure = contact_sheet([row, sheet_row(1)], **SHEET)
    shown = figure.axes[2].images[0].get_array()
    change = row.adversarial.astype(float) - row.clean
    np.testing.assert_allclose(shown, np.clip(0.5 + 10 * change / 255, 0, 1))
    [outline] = [c for c in figure.axes[5].collections if isinstance(c, LineCollection)]
    # The ten largest cells of this CAM: the last row, and three cells at the end of the one above.
    points = np.concatenate(outline.get_segments())
    assert len(outline.get_segments()) == 2 * (7 + 2)
    assert points.min(axis=0) == pytest.approx([-0.5, 39.5])
    assert points.max(axis=0) == pytest.approx([55.5, 55.5])


def test_sheet_draws_the_ssim_map_at_the_centres_of_its_windows():
    figure = contact_sheet([sheet_row()], **SHEET)
    assert figure.axes[3].images[0].get_extent() == pytest.approx((4.5, 50.5, 50.5, 4.5))


def test_sheet_accepts_unchanged_images_and_missing_values(tmp_path):
    row = sheet_row(ssim_map=np.ones((46, 46)), spearman=None, cam=np.zeros((7, 7)))
    save(contact_sheet([row], **SHEET), tmp_path / "sheet")
    mask = np.zeros((56, 56), bool)
    mask[10:30, 10:30] = True
    figure = contact_sheet([sheet_row(mask=mask, true_name="x" * 80)], **SHEET)
    assert any("object" in text for text in texts(figure))
    save(figure, tmp_path / "sheet")


def test_sheet_without_images_says_so(tmp_path):
    figure = contact_sheet([], **SHEET)
    assert any("No image to show" in text for text in texts(figure))
    save(figure, tmp_path / "sheet")


def test_text_of_the_sheet_does_not_overlap(overlapping_texts):
    long = "German short-haired pointer with a long name"
    rows = [
        sheet_row(n, true_name=long, predicted_name=long, image_id="ILSVRC2012_val_00012345")
        for n in range(3)
    ]
    figure = contact_sheet(rows, **SHEET)
    assert overlapping_texts(figure) == []
    labels = [t for t in figure.findobj(mpl.text.Text) if "ILSVRC" in t.get_text()]
    edge = figure.axes[0].get_window_extent().x0
    assert all(label.get_window_extent().x1 <= edge for label in labels)


@pytest.mark.parametrize(
    "make",
    [lambda: overview(summary_rows(), **OVERVIEW), lambda: contact_sheet([sheet_row()], **SHEET)],
)
def test_saved_bytes_do_not_depend_on_time_or_the_users_style(make, tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    first = save(make(), tmp_path / "first" / "figure")
    with mpl.rc_context({"font.size": 20, "savefig.transparent": True, "image.cmap": "gray"}):
        second = save(make(), tmp_path / "second" / "figure")
    assert [path.name for path in first] == ["figure.pdf", "figure.png"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert sorted(path.name for path in first[0].parent.iterdir()) == ["figure.pdf", "figure.png"]
    assert b"CreationDate" not in first[0].read_bytes()
    with Image.open(first[1]) as image:
        assert "Software" not in image.info
