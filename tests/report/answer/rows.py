"""Rows of the tables of a run that never was, from which an answer is built."""

from ssimball.config.attacks.base import AttackSettings
from ssimball.config.study import StudyConfig
from ssimball.overlap.metric import PARTIAL_CAM, SPEARMAN_CAM, Metric, quantity_columns
from ssimball.report.answer.build import AnswerSources, build_answer
from ssimball.report.answer.settings import answer_stage
from ssimball.statistics.primary import Verdict

REASON = "the 10 classes are all there are"


def study_of(attacks, **changes):
    """Return a study with attacks of other names: pairs of a name and the usual name."""
    usual = StudyConfig().attack_settings
    settings = {name: usual[kind] for name, kind in attacks.items()}
    assert all(isinstance(one, AttackSettings) for one in settings.values())
    raw = {"attacks": list(settings), "attack_settings": settings, "randomised": {"layers": []}}
    return StudyConfig.model_validate(raw | changes)


def primary_row(attack, effect, verdict=Verdict.ABOVE, **changes):
    row = {"attack": attack, "n": 20, "p": 0.001, "verdict": str(verdict), "effect": effect}
    ends = (None, None) if effect is None else (effect - 0.06, effect + 0.07)
    row |= dict(zip(("ci_low", "ci_high"), ends, strict=True))
    units = {"unit_kind": "images", "unit_reason": REASON}
    return row | units | {"images_needed": None, "reason": None} | changes


def summary_rows(
    attack,
    fooled=0.9,
    fall=8.0,
    overlap=0.3,
    gap=None,
    mean_ssim=0.99,
    over=(None, None),
    ratio=None,
):
    facts = {"fooling_rate": fooled, "mean_ssim": mean_ssim, "clean_margin": 5.0}
    facts |= {"margin": None if fall is None else 5.0 - fall, "gap": gap}
    facts |= {"bracket_ratio": ratio}
    rows = [
        {"attack": attack, **quantity_columns(name), "n": 20, "mean": value}
        for name, value in facts.items()
    ]
    for metric, value in ((SPEARMAN_CAM, overlap), (PARTIAL_CAM, overlap and overlap - 0.11)):
        rows.append({"attack": attack, **metric.columns(), "n": 20, "difference": value})
    for role, value in zip(("runner_up", "top_ten"), over, strict=True):
        columns = Metric(f"over_{role}", "cam").columns()
        ends = (None, None) if value is None else (value - 0.02, value + 0.02)
        interval = dict(zip(("ci_low", "ci_high"), ends, strict=True))
        rows.append({"attack": attack, **columns, "n": 20, "mean": value, **interval})
    return rows


def randomised_rows(attack, overlaps):
    names = ("difference", "difference_ci_low", "difference_ci_high")
    return [
        {
            "attack": attack,
            "layers": layers,
            **SPEARMAN_CAM.columns(),
            **dict.fromkeys(names, value),
        }
        for layers, value in overlaps.items()
    ]


def noise_rows(falls, over_random=(0.4, 0.2, 0.6)):
    """Return a row per region of noise; the interval is that of the first region."""
    rows = []
    for region, fall in falls.items():
        over = over_random if not rows else (None, None, None)
        row = {"region": region, "margin_fall": fall}
        row |= dict.fromkeys(("margin_fall_low", "margin_fall_high"), fall)
        row |= dict(zip(("over_random", "over_random_low", "over_random_high"), over, strict=True))
        rows.append(row)
    return rows


def confined_rows(falls):
    """Return a row per region of the region test, from its fall and fooling rate."""
    noise = noise_rows({region: fall for region, (fall, _) in falls.items()})
    rest = {"matched_rate": 1.0, "share_low": 0.4, "share_high": 0.41}
    rest |= {"spent_inside": 0.3, "least_low": 0.0213, "least_high": 0.022}
    return [{**row, **rest, "fooling_rate": falls[row["region"]][1]} for row in noise]


def answer_of(
    study,
    primary,
    summary,
    randomised=(),
    noise=(),
    confined=(),
    images=20,
    correct=19,
    cells=(7, 7),
    exact_cam=True,
    warning=None,
):
    rows = [row for one in summary for row in one]
    parts = (randomised, noise, confined, exact_cam, warning)
    sources = AnswerSources(images, correct, cells, primary, rows, *parts)
    return build_answer(sources, answer_stage(study))
