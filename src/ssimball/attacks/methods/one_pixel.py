"""One-pixel attack (Su, Vargas, Sakurai: One Pixel Attack for Fooling Deep Neural Networks, 2019).

A candidate holds row, column and colour of each of d pixels; all other pixels stay as they are. The
attack maximises the probability of the target or, without one, minimises the probability of the
label, by differential evolution without crossover:

    x_i(g + 1) = x_r1(g) + F (x_r2(g) - x_r3(g)),    r1, r2, r3 different

A child replaces its own parent if it is better. The defaults are the paper's values: 400
candidates, F = 0.5, at most 100 generations, uniform coordinates and N(128, 127) colours at the
start. The search ends as soon as the target's probability exceeds 90 % or the label's falls below
5 %.

The implementation uses ``scipy.optimize.differential_evolution``. Where the paper leaves a choice,
or where this implementation differs:

- Colours are whole grey levels, so that the judged image is the stored image. Normal draws outside
  [0, 255] are clipped. SciPy redraws a coordinate or colour that a mutation moves out of bounds.
- Candidates are compared by log odds, log p - log (1 - p). The order is the same as by probability,
  but where the probability is 1 in float32, the log odds still show which way is down.
- SciPy stops if all candidates have the same log odds.

The attack needs forward passes only, at most population x (generations + 1) and one more for the
best candidate: 40,401 by default.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, differential_evolution
from scipy.special import logit
from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult, Batch, concatenated
from ssimball.config.attacks.sparse import OnePixelConfig
from ssimball.models.logits import finite_logits, succeeded

#: Number of candidates that go through the network at once.
CHUNK = 50
NOT_FOUND = "no candidate fools the network"


def attack(model: nn.Module, batch: Batch, settings: OnePixelConfig) -> AttackResult:
    """Change the best few pixels that are found, image by image; see :class:`Attack`."""
    images = range(len(batch.images))
    return concatenated([_attack_image(model, batch.image(i), settings) for i in images])


@dataclass(frozen=True)
class _Search:
    """An image, float (C, H, W), and the prediction that candidates are to change."""

    model: nn.Module
    image: Tensor
    label: int
    target: int | None

    def objective(self, candidates: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the quantity to minimise, (S,): log odds of the label, or minus the target's.

        Args:
            candidates: one per column, (N, S), as SciPy passes them.
        """
        rows = torch.from_numpy(np.ascontiguousarray(candidates.T))
        logits = torch.cat(
            [finite_logits(self.model, self.images_of(chunk)) for chunk in torch.split(rows, CHUNK)]
        ).double()
        if self.target is None:
            return _log_odds(logits, self.label)
        return -_log_odds(logits, self.target)

    def images_of(self, candidates: Tensor) -> Tensor:
        """Return the image with the pixels of each candidate (S, N) set, (S, C, H, W)."""
        height, width = self.image.shape[1:]
        images = self.image.repeat(len(candidates), 1, 1, 1)
        index = torch.arange(len(candidates))
        # Pixel by pixel: if two coincide, the later one counts, on every device.
        for pixel in candidates.reshape(len(candidates), -1, 2 + len(self.image)).unbind(1):
            row = pixel[:, 0].long().clamp(max=height - 1)
            column = pixel[:, 1].long().clamp(max=width - 1)
            images[index, :, row, column] = (pixel[:, 2:].round() / 255).to(images)
        return images


def _log_odds(logits: Tensor, chosen: int) -> NDArray[np.float64]:
    others = logits.clone()
    others[:, chosen] = float("-inf")
    return (logits[:, chosen] - others.logsumexp(1)).cpu().numpy()


def _attack_image(model: nn.Module, single: Batch, settings: OnePixelConfig) -> AttackResult:
    """Attack the only image of a batch."""
    target = None if single.targets is None else int(single.targets[0])
    search = _Search(model, single.images[0], int(single.labels[0]), target)
    best = torch.from_numpy(_evolve(search, single.rng[0], settings))[None]
    adversarial = search.images_of(best)
    predicted = int(finite_logits(model, adversarial).argmax(1))
    if succeeded(predicted, search.label, target):
        return AttackResult(adversarial, failures=[None])
    return AttackResult(single.images, failures=[NOT_FOUND])


def _evolve(
    search: _Search, rng: np.random.Generator, settings: OnePixelConfig
) -> NDArray[np.float64]:
    """Return the best candidate, (N,)."""
    channels, height, width = search.image.shape
    highest = np.tile([height, width, *[255.0] * channels], settings.pixels)
    result = differential_evolution(
        search.objective,
        [(0, limit) for limit in highest],
        strategy="rand1bin",
        recombination=1.0,  # every entry comes from the mutation: no crossover
        mutation=settings.scale,
        # As an array, because SciPy multiplies popsize by the number of variables.
        init=_first_generation(search.image, rng, settings),
        maxiter=settings.generations,
        tol=0.0,
        polish=False,
        updating="deferred",
        vectorized=True,
        callback=_stopping_rule(search, settings),
        rng=rng,
    )
    best: NDArray[np.float64] = result.x
    return best


def _stopping_rule(search: _Search, settings: OnePixelConfig) -> Callable[[OptimizeResult], bool]:
    if search.target is None:
        threshold = logit(settings.label_probability)
    else:
        threshold = -logit(settings.target_probability)
    # SciPy passes its state only to a parameter of this name.
    return lambda intermediate_result: bool(intermediate_result.fun < threshold)


def _first_generation(
    image: Tensor, rng: np.random.Generator, settings: OnePixelConfig
) -> NDArray[np.float64]:
    channels, height, width = image.shape
    shape = (settings.population, settings.pixels)
    positions = rng.uniform(0, [height, width], (*shape, 2))
    colours = rng.normal(128, 127, (*shape, channels)).clip(0, 255)
    return np.concatenate([positions, colours], 2).reshape(settings.population, -1)
