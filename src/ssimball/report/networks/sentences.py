"""The findings of a comparison of networks in sentences: plain counts, and the range of means."""

from collections.abc import Callable, Iterator

from ssimball.report.networks import statements as names
from ssimball.report.networks.model import Comparison
from ssimball.report.text.formatting import signed
from ssimball.statistics.networks import AcrossNetworks
from ssimball.storage.contracts.region_names import RANDOM, TOP_CAM

#: Writes the mean of a statement.
Style = Callable[[float | None], str]


def findings(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Yield label and sentence of each finding that the runs allow."""
    for label, sentence in (
        ("Place", _place(comparison)),
        ("Class", _class(comparison)),
        ("Learned", _learned(comparison)),
        ("Signs", _signs(comparison)),
        ("Regions", _regions(comparison)),
        ("Transfer", _transfer(comparison)),
        ("Limits", _limits(comparison)),
    ):
        if sentence:
            yield label, sentence


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f}"


def _range(found: AcrossNetworks, style: Style = signed) -> str:
    low, high = style(found.lowest), style(found.highest)
    return low if low == high else f"{low} to {high}"


def _count(found: AcrossNetworks) -> str:
    """How many networks are above, and how many below where there are any."""
    below = f", less on {found.below}" if found.below else ""
    return f"{found.above} of {found.networks}{below}"


def _mean(found: AcrossNetworks) -> str:
    """Mean over all networks with its interval, if it has one."""
    pooled, ends = found.pooled, ""
    if pooled.low is not None:
        ends = f" [{signed(pooled.low)}, {signed(pooled.high)}]"
    return f"mean {signed(pooled.mean)}{ends}"


def _counted(comparison: Comparison, statement: str) -> str | None:
    """Count of networks with the range of their means."""
    found = comparison.over(statement)
    return None if found is None else f"{_count(found)} ({_range(found)})"


def _on(comparison: Comparison, statement: str) -> str:
    """Count of networks alone."""
    found = comparison.over(statement)
    return "-" if found is None else _count(found)


def _rate(comparison: Comparison, statement: str) -> str | None:
    """Range of shares in percent."""
    found = comparison.over(statement)
    return None if found is None else f"{_range(found, _percent)} %"


def _place(comparison: Comparison) -> str:
    roles = comparison.roles
    ball = comparison.over(names.overlap_of(roles.ball))
    if ball is None:
        return ""
    parts = [f"more than chance on {_count(ball)} ({_range(ball)}, {_mean(ball)})"]
    if roles.shuffled is not None:
        parts.append(f"signs shuffled on {_counted(comparison, names.overlap_of(roles.shuffled))}")
    return "; ".join(parts)


def _class(comparison: Comparison) -> str:
    """Give means over all networks, which can be clear where no network alone is."""
    runner_up, top_ten = (
        None if found is None else f"{_count(found)} ({_mean(found)})"
        for found in map(comparison.over, (names.RUNNER_UP, names.TOP_TEN))
    )
    return f"own CAM over the runner-up's on {runner_up}, over the next eight classes' on {top_ten}"


def _learned(comparison: Comparison) -> str:
    parts = [
        f"{words} on {counted}"
        for words, statement in (
            ("more than chance with a random head", names.HEAD),
            ("with all layers random", names.ALL_RANDOM),
        )
        if (counted := _counted(comparison, statement)) is not None
    ]
    return ", ".join(parts)


def _signs(comparison: Comparison) -> str:
    roles = comparison.roles
    if roles.shuffled is None:
        return ""
    fools, shuffled = (
        _rate(comparison, names.fooling_of(attack)) for attack in (roles.ball, roles.shuffled)
    )
    moved = ""
    if roles.moved is not None:
        moved = f", with its sizes moved {_rate(comparison, names.fooling_of(roles.moved))}"
    fewer = _on(comparison, names.SIGNS)
    return f"fools {fools}; with its signs shuffled {shuffled} (fewer on {fewer}){moved}"


def _regions(comparison: Comparison) -> str:
    cam, rest, noise = (
        _on(comparison, name) for name in (names.CAM_OVER_RANDOM, names.REST_OVER_CAM, names.NOISE)
    )
    return (
        f"margin falls more in the CAM than in random cells on {cam}, in the rest than in the CAM "
        f"on {rest}; noise: more in the CAM on {noise}"
    )


def _transfer(comparison: Comparison) -> str:
    roles = comparison.roles
    whole, cam, random = (
        _rate(comparison, names.fooling_in(of)) for of in (roles.ball, TOP_CAM, RANDOM)
    )
    beside = ""
    if roles.noise is not None:
        noise = _rate(comparison, names.fooling_in(roles.noise))
        beside = f" (noise {noise}; more from {_on(comparison, names.TRANSFERS)})"
    more = _on(comparison, names.CAM_TRANSFERS)
    return (
        f"fools {whole} of the others{beside}; in the CAM {cam}, in random cells {random} "
        f"(more from {more})"
    )


def _limits(comparison: Comparison) -> str:
    grids = sorted({network.cells for network in comparison.networks})
    cells = ", ".join(f"{height} x {width}" for height, width in grids)
    exact = all(network.is_exact for network in comparison.networks)
    other = "" if exact else "; CAMs partly Grad-CAM"
    return f"networks at hand, no sample; {cells} cells{other}; ball chosen on one of them"
