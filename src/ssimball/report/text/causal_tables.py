"""The numbers of the causal test as tables: rates, drops in margin, differences and curves."""

from collections.abc import Sequence

from ssimball.report.text.causal_estimates import (
    EQUAL_AREA,
    EQUAL_ENERGY,
    CausalResults,
    Quantity,
)
from ssimball.report.text.formatting import interval, listed, number, paragraph, signed
from ssimball.report.text.table import Group, table_lines
from ssimball.statistics.causal_tables import DROP, RATE

_WHOLE = Quantity(RATE, EQUAL_AREA, "all")
#: Names of the parts of a perturbation in the tables.
_PARTS = {
    "all": "whole",
    "top": "top",
    "bottom": "bottom",
    "random": "random",
    "rest_of_top": "all but top",
}
_SCALED = ("top", "bottom", "random")
_OTHERS = ("bottom", "random")
_ORDERS = {"deficit": "SSIM deficit", "cam": "CAM", "random": "random"}
_CURVES = {"deletion_area": "deletion curve", "insertion_area": "insertion curve"}


def causal_tables(results: CausalResults) -> list[str]:
    """Return the tables, for the attacks of which any perturbation could be cut."""
    attacks = [name for name in results.attacks if results.estimate(name, _WHOLE).n]
    lines = []
    if attacks:
        lines += [
            *_fooled(results, attacks),
            "",
            *_drops(results, attacks),
            "",
            *_differences(results, attacks, EQUAL_AREA, "equal area"),
            "",
            *_differences(results, attacks, EQUAL_ENERGY, "equal area and energy"),
            "",
            *_areas_under_curves(results, attacks),
        ]
    without = [name for name in results.attacks if name not in attacks]
    if without:
        lines.append(listed("No image whose perturbation could be cut", without))
    return lines


def _fooled(results: CausalResults, attacks: Sequence[str]) -> list[str]:
    groups = [
        Group("", ("images",)),
        Group("part, equal area", tuple(_PARTS.values())),
        Group("part, equal energy", tuple(_PARTS[part] for part in _SCALED)),
    ]
    quantities = [
        *(Quantity(RATE, EQUAL_AREA, part) for part in _PARTS),
        *(Quantity(RATE, EQUAL_ENERGY, part) for part in _SCALED),
    ]
    rows = [
        (
            attack,
            [
                str(results.estimate(attack, _WHOLE).n),
                *(number(results.estimate(attack, of).mean, ".0%") for of in quantities),
            ],
        )
        for attack in attacks
    ]
    title = f"Images fooled by each part (top, bottom, random: {results.area:.0%} of the cells)"
    return [title, *table_lines("attack", groups, rows)]


def _drops(results: CausalResults, attacks: Sequence[str]) -> list[str]:
    groups = [Group("part, equal area", tuple(_PARTS.values()))]
    rows = [
        (
            attack,
            [
                number(results.estimate(attack, Quantity(DROP, EQUAL_AREA, part)).mean, ".2f")
                for part in _PARTS
            ],
        )
        for attack in attacks
    ]
    title = "Mean drop in the margin of the true class (logits) by each part"
    return [title, *table_lines("attack", groups, rows)]


def _differences(
    results: CausalResults, attacks: Sequence[str], condition: str, words: str
) -> list[str]:
    groups = [Group(f"top minus {other}", ("margin", "interval", "fooled")) for other in _OTHERS]
    rows = [
        (
            attack,
            [cell for other in _OTHERS for cell in _difference(results, attack, condition, other)],
        )
        for attack in attacks
    ]
    title = f"Difference in margin drop (logits) and in images fooled, {words}"
    return [paragraph(title), *table_lines("attack", groups, rows)]


def _difference(
    results: CausalResults, attack: str, condition: str, other: str
) -> tuple[str, str, str]:
    drop = results.estimate(attack, Quantity(DROP, condition, "top", other))
    rate = results.estimate(attack, Quantity(RATE, condition, "top", other))
    return signed(drop.mean), interval(drop.ci_low, drop.ci_high), number(rate.mean, "+z.0%")


def _areas_under_curves(results: CausalResults, attacks: Sequence[str]) -> list[str]:
    groups = [Group(title, tuple(_ORDERS.values())) for title in _CURVES.values()]
    rows = [
        (
            attack,
            [
                number(results.estimate(attack, Quantity(metric, None, order)).mean, ".3f")
                for metric in _CURVES
                for order in _ORDERS
            ],
        )
        for attack in attacks
    ]
    title = "Area under the curves of the clean image, by the order of the cells"
    return [title, *table_lines("attack", groups, rows)]
