"""Which figures a run has follows from its configuration."""

import pytest

from ssimball.config.study import StudyConfig
from ssimball.report.catalogue import FIGURES, FIGURES_OF, PICTURES
from ssimball.report.figures.chosen import figures_of


def figures(**changes):
    chosen = figures_of(StudyConfig.model_validate(changes))
    return {name for names in chosen.values() for name in names}


ALWAYS = {"evidence", "overview", "by_image", "example", "costs", "seconds"}


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        (
            {},
            {"classes", "directions", "networks", "gaps", "curves", "region_test"},
        ),
        ({"attacks": ["fgsm"], "causal": {"enabled": False}}, {"classes"}),
        (
            {"attacks": ["fgsm", "ssim_ball"], "randomised": {"layers": []}},
            {"classes", "gaps", "curves", "region_test"},
        ),
        (
            {"attacks": ["fgsm"], "comparison": {"mode": "fixed_budget"}},
            {"classes", "fooling", "curves"},
        ),
        (
            {"attacks": ["deepfool"], "comparison": {"mode": "fixed_budget"}},
            {"classes", "fooling", "radii", "curves"},
        ),
    ],
    ids=["default", "no curves", "no randomised networks", "own budgets", "minimal attack"],
)
def test_a_run_draws_what_it_has_data_for(changes, more):
    changes.setdefault("sensitivity", {"enabled": False})
    assert figures(**changes) == ALWAYS | more


def test_every_figure_is_in_the_catalogue_and_pages_show_no_photograph():
    modes = ("fixed_budget", "matched_quality", "matched_outcome")
    swept = {"sensitivity": {"enabled": True}}
    drawn = set().union(*(figures(comparison={"mode": mode}, **swept) for mode in modes))
    assert drawn == set(FIGURES | PICTURES)
    on_pages = {name for names in FIGURES_OF.values() for name in names}
    assert on_pages == set(FIGURES)
