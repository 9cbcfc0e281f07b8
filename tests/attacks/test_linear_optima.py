"""Attacks compared with the known optimum of a linear model."""

import pytest
import torch

from ssimball.config.attacks.gradient import BimConfig, FgsmConfig, MiFgsmConfig, PgdConfig
from ssimball.config.attacks.minimal import (
    CarliniWagnerConfig,
    DdnConfig,
    DeepFoolConfig,
    EadConfig,
    HotColdConfig,
)

#: Attacks with a bound on a norm: settings, the norm, and the share that they reach of the largest
#: possible gain on a linear model.
BOUNDED = {
    "fgsm": (FgsmConfig(epsilon=0.1), "linf", 0.999),
    "bim": (BimConfig(epsilon=0.1), "linf", 0.999),
    "mi-fgsm": (MiFgsmConfig(epsilon=0.1), "linf", 0.999),
    "pgd linf": (PgdConfig(epsilon=0.1), "linf", 0.999),
    "pgd linf, fixed start": (PgdConfig(epsilon=0.1, random_start=False), "linf", 0.999),
    "pgd l2": (PgdConfig(norm="l2", epsilon=2.0, steps=40), "l2", 0.999),
    "pgd l2, fixed start": (PgdConfig(norm="l2", epsilon=2.0, random_start=False), "l2", 0.999),
}
#: Attacks that seek a small l2 norm: settings, and the largest allowed ratio of their norm to the
#: smallest one on a linear model.
SMALLEST = {
    "deepfool": (DeepFoolConfig(), 1.03),
    "ddn": (DdnConfig(), 1.01),
    "carlini & wagner": (CarliniWagnerConfig(), 1.05),
    "ead": (EadConfig(), 1.05),
    # Its search rounds to 8 bits.
    "hot/cold": (HotColdConfig(), 1.05),
}
#: Order of the norm dual to each.
DUAL = {"linf": 1, "l2": 2}


@pytest.mark.parametrize(("settings", "norm", "share"), BOUNDED.values(), ids=BOUNDED)
@pytest.mark.parametrize("target", [None, 1, 0], ids=["untargeted", "target=1", "target=0"])
def test_bounded_attack_reaches_the_dual_norm_of_a_linear_model(
    settings, norm, share, target, weight, on_grey
):
    # Small, so that the cross-entropy has a gradient in float32.
    weight = weight / 16
    change, _ = on_grey(settings, weight, target)
    gain = float((change * weight).sum()) * (1 if target == 0 else -1)
    best = settings.epsilon * float(torch.linalg.vector_norm(weight.flatten(), DUAL[norm]))
    assert share * best <= gain <= best * (1 + 1e-5)


@pytest.mark.parametrize(("settings", "factor"), SMALLEST.values(), ids=SMALLEST)
@pytest.mark.parametrize("target", [None, 1], ids=["untargeted", "targeted"])
def test_smallest_perturbation_is_near_the_distance_to_a_linear_boundary(
    settings, factor, target, weight, on_grey
):
    if target is not None and settings.method == "deepfool":
        pytest.skip("DeepFool takes no target")
    weight = weight / 8
    change, result = on_grey(settings, weight, target)
    assert not any(result.failures)
    # The margin on grey is 1, so the distance to the boundary is 1 over the norm of the weight.
    assert float((change * weight).sum()) <= -1
    assert 1 - 1e-6 <= float(change.norm() * weight.norm()) <= factor
