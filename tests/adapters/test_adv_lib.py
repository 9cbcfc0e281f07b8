"""Inside adversarial-library's own runner: its counts of queries, its SSIM and its success."""

import time
from functools import partial

import pytest
import torch

import ssimball
from ssimball.adapters.adv_lib import ssim_ball


class CpuEvent:
    """Stands for ``torch.cuda.Event`` on machines without CUDA, where the runner has no other."""

    def __init__(self, enable_timing):
        assert enable_timing

    def record(self):
        self.time = time.perf_counter()

    def elapsed_time(self, end):
        return 1000 * (end.time - self.time)


@pytest.fixture
def runner(monkeypatch):
    name = "adv_lib.utils.attack_utils"
    module = pytest.importorskip(name, reason="needs adv-lib: make test-adapters")
    if not torch.cuda.is_available():
        monkeypatch.setattr(torch.cuda, "Event", CpuEvent)
        monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    return module


def test_both_conventions_for_targets(network, images, labels):
    targets = (labels + 1) % 4
    expected = ssimball.SSIMBall(epsilon=0.1)(network, images, labels, targets)
    attack = partial(ssim_ball, epsilon=0.1)
    assert torch.equal(attack(network, images, targets, targeted=True), expected)
    of_bench = attack(model=network, inputs=images, labels=labels, targets=targets, targeted=True)
    assert torch.equal(of_bench, expected)
    untargeted = attack(network, images, labels, targeted=False)
    assert torch.equal(untargeted, ssimball.SSIMBall(epsilon=0.1)(network, images, labels))


@pytest.mark.parametrize("is_targeted", [False, True])
def test_the_runner_counts_and_judges_as_the_result_says(
    runner, network, images, labels, is_targeted
):
    from adv_lib.distances.structural_similarity import compute_ssim

    options = {"epsilon": 0.4, "tau": None, "steps": 5}
    targets = (labels + 1) % 4 if is_targeted else None
    public = ssimball.SSIMBall(**options).run(network, images, labels, targets)
    data = runner.run_attack(network, images, labels, partial(ssim_ball, **options), targets)
    assert torch.equal(data["adv_inputs"], public.images)
    assert data["num_forwards"] == public.forward_passes >= 6
    assert data["num_backwards"] == public.gradients == 5
    metrics = {"ssim": lambda x, y: compute_ssim(x.double(), y.double())}
    found = runner.compute_attack_metrics(network, data, metrics=metrics)
    assert torch.equal(found["success"], public.success)
    assert bool(found["success"].any())
    # Its SSIM is the same one; images are multiples of 1/255 but for the rounding of float32.
    assert found["distances"]["ssim"].numpy() == pytest.approx(public.ssim.numpy(), abs=1e-6)
