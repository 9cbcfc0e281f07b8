"""The same job in five libraries: fool a network with images of 8 bits at a mean SSIM of 0.99.

``make benchmark`` writes benchmarks/peers.md and benchmarks/peers.parquet. The libraries beside
Foolbox are installed by ``make test-adapters``, in build/other_libraries; those that are missing
are named in the page.
"""

import inspect
from collections.abc import Callable

import foolbox
import numpy as np
import torch
from common import Rows, ratio, turns, write
from torch import Tensor, nn

import ssimball

ROUNDS = 9
SSIM = 0.99


def ours(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    return ssimball.attack(model, x, y, ssim=0.99).images


def ours_in_ten_steps(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    return ssimball.attack(model, x, y, ssim=0.99, steps=10).images


def scaled(x: Tensor, adversarial: Tensor) -> Tensor:
    def at(scales: Tensor) -> Tensor:
        mixed = x + scales.reshape(-1, 1, 1, 1) * (adversarial - x)
        return (255 * mixed.clamp(0, 1)).round() / 255

    low, high = torch.zeros(len(x)), torch.full((len(x),), 4.0)
    for _ in range(20):
        middle = (low + high) / 2
        fits = ssimball.ssim(x, at(middle)) >= 0.99
        low, high = torch.where(fits, middle, low), torch.where(fits, high, middle)
    return at(low)


def with_foolbox(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu")
    attack = foolbox.attacks.LinfPGD(steps=10, random_start=False)
    _, adversarial, _ = attack(wrapped, x, y, epsilons=4 / 255)
    return scaled(x, adversarial)


def with_torchattacks(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    import torchattacks

    attack = torchattacks.PGD(model, eps=4 / 255, alpha=1 / 255, steps=10, random_start=False)
    return scaled(x, attack(x, y))


def with_art(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    from art.attacks.evasion import ProjectedGradientDescent
    from art.estimators.classification import PyTorchClassifier

    loss, shape = nn.CrossEntropyLoss(), tuple(x.shape[1:])
    classifier = PyTorchClassifier(model, loss, shape, 10, clip_values=(0, 1), device_type="cpu")
    attack = ProjectedGradientDescent(classifier, 2, 0.5, 0.1, max_iter=10, verbose=False)
    return scaled(x, torch.from_numpy(attack.generate(x.numpy(), y.numpy())))


Solver = Callable[[nn.Module, Tensor, Tensor], Tensor]
JOBS: dict[str, Solver] = {
    "ssimball, one certified step": ours,
    "ssimball, ten steps": ours_in_ten_steps,
    "Foolbox, PGD (l∞), ten steps": with_foolbox,
    "torchattacks, PGD (l∞), ten steps": with_torchattacks,
    "ART, PGD (l2), ten steps": with_art,
}
#: Times are divided by those of this job.
FIRST = "ssimball, one certified step"


def lines(job: Solver) -> int:
    """Count the lines that a user writes for a job, without its signature and blank lines."""
    used = [job] if job in (ours, ours_in_ten_steps) else [job, scaled]
    sources = (inspect.getsource(function).splitlines()[1:] for function in used)
    return sum(bool(line.strip()) for source in sources for line in source)


def network(x: Tensor, y: Tensor) -> nn.Module:
    """Return a small network, trained until it classifies the photographs correctly."""
    torch.manual_seed(0)
    layers = (nn.Conv2d(3, 16, 5, 2), nn.ReLU(), nn.Conv2d(16, 32, 3, 2), nn.ReLU(), nn.Flatten())
    model = nn.Sequential(*layers, nn.Linear(1152, 10))
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    while not torch.equal(model(x).argmax(1), y):
        loss = nn.functional.cross_entropy(model(x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model.eval()


def row(model: nn.Module, x: Tensor, y: Tensor, name: str, times: dict[str, list[float]]) -> dict:
    found = JOBS[name](model, x, y)
    ssim, logits = ssimball.ssim(x, found).numpy(), model(found).detach()
    own = logits.gather(1, y[:, None])[:, 0]
    others = logits.scatter(1, y[:, None], float("-inf")).amax(1)
    return {
        "library": name,
        "lines": lines(JOBS[name]),
        "mean SSIM": ssim.mean(),
        "smallest SSIM": ssim.min(),
        "fooled": int((others > own).sum()),
        "mean margin": float((own - others).mean()),
        "seconds": float(np.median(times[name])),
        "ratio of times to the first": ratio(times, name, FIRST),
    }


def main() -> None:
    """Run all jobs in turns and write the table."""
    dummy = foolbox.PyTorchModel(nn.Flatten().eval(), (0, 1), "cpu")
    x, y = foolbox.samples(dummy, dataset="cifar10", batchsize=20)
    x = (255 * x).round() / 255
    model = network(x, y)
    missing = {}
    for name, job in JOBS.items():
        try:
            job(model, x[:2], y[:2])
        except ImportError as error:
            missing[name] = str(error)
    tasks = {n: (lambda j=job: j(model, x, y)) for n, job in JOBS.items() if n not in missing}
    times = turns(tasks, ROUNDS)
    rows: Rows = [row(model, x, y, name, times) for name in tasks]
    clean = model(x).detach()
    margin = (
        clean.gather(1, y[:, None])[:, 0] - clean.scatter(1, y[:, None], float("-inf")).amax(1)
    ).mean()
    heading = "Twenty photographs of 32 x 32 at SSIM 0.99, by a small network"
    remark = (
        "The photographs come with Foolbox (CIFAR-10). The network is trained on them alone, until "
        f"it classifies all correctly; its mean margin on the clean images is {float(margin):.3g}. "
        "The other libraries have no attack with a bound on SSIM: their perturbations are scaled, "
        "image by image, to the bound, which takes most of their lines; the function for SSIM "
        "itself is this project's. `lines` are those of the job in `benchmarks/peers.py`.\n"
    )
    if missing:
        remark += "\nNot installed: " + "; ".join(missing) + ".\n"
    write("peers", "The same job in other libraries", {heading: rows}, {heading: remark})


if __name__ == "__main__":
    main()
