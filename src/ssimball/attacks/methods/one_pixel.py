"""One-pixel attack (Su, Vargas, Sakurai: One Pixel Attack for Fooling Deep Neural Networks, 2019).

A candidate holds row, column and colour of each of d pixels; the others stay. The attack maximises
the probability of the target or, without one, minimises that of the label, by differential
evolution without crossover:

    x_i(g + 1) = x_r1(g) + F (x_r2(g) - x_r3(g)),    r1, r2, r3 different,

and a child replaces its own parent where it is better. The paper's values are the defaults: 400
candidates, F = 0.5, at most 100 generations, coordinates uniform and colours N(128, 127) at the
start, an end as soon as the target's probability exceeds 90 % or the label's falls below 5 %.

By ``scipy.optimize.differential_evolution``. What the paper leaves open or we do otherwise:

- Colours are whole grey levels, so that what is judged is what is stored. Normal draws outside
  [0, 255] are clipped; a coordinate or colour that a mutation takes outside is drawn anew (SciPy).
- Candidates are compared by log odds, log p - log (1 - p): the same order as by probability, but
  where that is 1 in float32 the search still sees which way is down.
- Where no candidate differs from the others in that, SciPy stops.

Cost: forward passes only, population x (generations + 1) at most, 40,400 by the defaults.
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

#: Candidates that go through the network at once.
CHUNK = 50
NOT_FOUND = "no candidate fools the network"


def attack(model: nn.Module, batch: Batch, settings: OnePixelConfig) -> AttackResult:
    """Change the best few pixels found. See :class:`Attack`. Images are attacked one by one."""
    return concatenated(
        [_attack_one(model, batch.one(i), settings) for i in range(len(batch.images))]
    )


@dataclass(frozen=True)
class _Search:
    """An image float (C, H, W) and what the candidates are to do to the network."""

    model: nn.Module
    image: Tensor
    label: int
    target: int | None

    def unlike(self, candidates: NDArray[np.float64]) -> NDArray[np.float64]:
        """What is minimised, (S,): log odds of the label, or minus those of the target.

        Args:
            candidates: one per column, (N, S), as SciPy gives them.
        """
        rows = torch.from_numpy(np.ascontiguousarray(candidates.T))
        logits = torch.cat(
            [finite_logits(self.model, self.drawn(chunk)) for chunk in torch.split(rows, CHUNK)]
        ).double()
        if self.target is None:
            return _log_odds(logits, self.label)
        return -_log_odds(logits, self.target)

    def drawn(self, candidates: Tensor) -> Tensor:
        """The image with the pixels of each candidate (S, N) in it, (S, C, H, W)."""
        height, width = self.image.shape[1:]
        images = self.image.repeat(len(candidates), 1, 1, 1)
        number = torch.arange(len(candidates))
        # One pixel after the other: where two meet, the later one counts on every device.
        for pixel in candidates.reshape(len(candidates), -1, 2 + len(self.image)).unbind(1):
            row = pixel[:, 0].long().clamp(max=height - 1)
            column = pixel[:, 1].long().clamp(max=width - 1)
            images[number, :, row, column] = (pixel[:, 2:].round() / 255).to(images)
        return images


def _log_odds(logits: Tensor, chosen: int) -> NDArray[np.float64]:
    others = logits.clone()
    others[:, chosen] = float("-inf")
    return (logits[:, chosen] - others.logsumexp(1)).cpu().numpy()


def _attack_one(model: nn.Module, batch: Batch, settings: OnePixelConfig) -> AttackResult:
    target = None if batch.targets is None else int(batch.targets[0])
    search = _Search(model, batch.images[0], int(batch.labels[0]), target)
    best = torch.from_numpy(_evolve(search, batch.rng[0], settings))[None]
    found = search.drawn(best)
    predicted = int(finite_logits(model, found).argmax(1))
    if succeeded(predicted, search.label, target):
        return AttackResult(found, failures=[None])
    return AttackResult(batch.images, failures=[NOT_FOUND])


def _evolve(
    search: _Search, rng: np.random.Generator, settings: OnePixelConfig
) -> NDArray[np.float64]:
    """The best candidate, (N,)."""
    channels, height, width = search.image.shape
    highest = np.tile([height, width, *[255.0] * channels], settings.pixels)
    found = differential_evolution(
        search.unlike,
        [(0, limit) for limit in highest],
        strategy="rand1bin",
        recombination=1.0,  # every entry from the mutation: no crossover
        mutation=settings.scale,
        # An array, since popsize would be multiplied by the number of variables.
        init=_first_generation(search.image, rng, settings),
        maxiter=settings.generations,
        tol=0.0,
        polish=False,
        updating="deferred",
        vectorized=True,
        callback=_sure_enough(search, settings),
        rng=rng,
    )
    best: NDArray[np.float64] = found.x
    return best


def _sure_enough(search: _Search, settings: OnePixelConfig) -> Callable[[OptimizeResult], bool]:
    if search.target is None:
        enough = logit(settings.label_probability)
    else:
        enough = -logit(settings.target_probability)
    # SciPy hands over the state only under this name.
    return lambda intermediate_result: bool(intermediate_result.fun < enough)


def _first_generation(
    image: Tensor, rng: np.random.Generator, settings: OnePixelConfig
) -> NDArray[np.float64]:
    channels, height, width = image.shape
    shape = (settings.population, settings.pixels)
    places = rng.uniform(0, [height, width], (*shape, 2))
    colours = rng.normal(128, 127, (*shape, channels)).clip(0, 255)
    return np.concatenate([places, colours], 2).reshape(settings.population, -1)
