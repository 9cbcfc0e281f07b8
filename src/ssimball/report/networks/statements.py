"""The statements that a comparison of networks makes about each of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ssimball.config.claims import EndpointKind
from ssimball.config.study import StudyConfig
from ssimball.storage.contracts.region_names import ALL, ALL_BUT_TOP_CAM, RANDOM, TOP_CAM

#: Endpoint of an image made on one network: the share of the other networks that it fools.
TRANSFER: Literal["transfer"] = "transfer"

#: Names of the statements that the answer quotes, beside those of each attack.
RUNNER_UP, TOP_TEN = "over_runner_up", "over_top_ten"
HEAD, ALL_RANDOM = "random_head", "random_all"
SIGNS, MOVED = "signs_fool", "moved_sizes_fool"
CAM_OVER_RANDOM, REST_OVER_CAM, NOISE = "cam_over_random", "rest_over_cam", "noise_in_cam"
TRANSFERS, CAM_TRANSFERS = "transfers", "cam_transfers"


@dataclass(frozen=True)
class Statement:
    """A statement about a network.

    Attributes:
        name: its name.
        endpoint: the value of each image.
        of: attack or region whose value it is.
        minus: attack or region whose value is subtracted; None: none.
        tested: whether it is tested that the mean is not 0.
    """

    name: str
    endpoint: EndpointKind | Literal["transfer"]
    of: str
    minus: str | None = None
    tested: bool = True


@dataclass(frozen=True)
class Roles:
    """The attacks of the runs by their role in the statements.

    Attributes:
        attacks: all attacks and controls, in the runs' order.
        ball: the attack in the SSIM ball.
        shuffled: the same step with the signs of its gradient shuffled; None: not there.
        moved: the same step with the sizes of its gradient moved; None: not there.
        noise: a control without the gradient, of method noise; None: not there.
        layers: numbers of last layers with random weights of the networks beside the run's own.
    """

    attacks: tuple[str, ...]
    ball: str
    shuffled: str | None
    moved: str | None
    noise: str | None
    layers: tuple[int | str, ...]

    @classmethod
    def of(cls, study: StudyConfig, ball: str) -> "Roles":
        """Return the roles of the attacks of a run."""

        def first(key: str, value: str) -> str | None:
            settings = study.attack_settings
            fit = (name for name in study.attacks if getattr(settings[name], key, None) == value)
            return next(fit, None)

        return cls(
            attacks=tuple(study.attacks),
            ball=ball,
            shuffled=first("gradient", "permuted_signs"),
            moved=first("gradient", "rolled_magnitude"),
            noise=first("method", "noise"),
            layers=tuple(study.randomised.layers),
        )


def overlap_of(attack: str) -> str:
    """Return the name of the statement on the overlap of an attack."""
    return f"overlap of {attack}"


def fooling_of(attack: str) -> str:
    """Return the name of the statement on the images that an attack fools."""
    return f"fooling of {attack}"


def fall_in(region: str) -> str:
    """Return the name of the statement on the margin when the attack is confined to a region."""
    return f"fall in {region}"


def fooling_in(region: str) -> str:
    """Return the name of the statement on the transfer of the attack confined to a region."""
    return f"transfer of {region}"


def statements(roles: Roles) -> Iterator[Statement]:
    """Yield the statements that runs with such attacks allow, in the order of tables."""
    ball, shuffled, moved = roles.ball, roles.shuffled, roles.moved
    for attack in roles.attacks:
        yield Statement(overlap_of(attack), "overlap", attack)
    yield Statement(RUNNER_UP, "over_runner_up", ball)
    yield Statement(TOP_TEN, "over_top_ten", ball)
    if 1 in roles.layers:
        yield Statement(HEAD, "random_head", ball)
    if "all" in roles.layers:
        yield Statement(ALL_RANDOM, "random_all", ball)
    for attack in roles.attacks:
        yield Statement(fooling_of(attack), "fooling", attack, tested=False)
    if shuffled is not None:
        yield Statement(SIGNS, "fooling", ball, shuffled)
        if moved is not None:
            yield Statement(MOVED, "fooling", moved, shuffled)
    for region in (ALL, TOP_CAM, RANDOM, ALL_BUT_TOP_CAM):
        yield Statement(fall_in(region), "region_test", region, tested=False)
    yield Statement(CAM_OVER_RANDOM, "region_test", TOP_CAM, RANDOM)
    yield Statement(REST_OVER_CAM, "region_test", ALL_BUT_TOP_CAM, TOP_CAM)
    yield Statement(NOISE, "region_noise", TOP_CAM, RANDOM)
    for of in (*transferred_attacks(roles), TOP_CAM, RANDOM):
        yield Statement(fooling_in(of), TRANSFER, of, tested=False)
    if roles.noise is not None:
        yield Statement(TRANSFERS, TRANSFER, ball, roles.noise)
    yield Statement(CAM_TRANSFERS, TRANSFER, TOP_CAM, RANDOM)


def transferred_attacks(roles: Roles) -> tuple[str, ...]:
    """Return the attacks whose stored images other networks judge.

    These are all but the steps in the ball that destroy a part of the gradient.
    """
    left_out = {roles.shuffled, roles.moved}
    return tuple(attack for attack in roles.attacks if attack not in left_out)
