"""Checks of what only some uses of ssimball need."""

import shutil
import subprocess
from collections.abc import Iterator

from ssimball.cli.doctor.interface import Finding, State
from ssimball.errors import ConfigError

_SLURM = ("sbatch", "squeue", "sinfo", "scontrol", "sacct")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Seconds to wait for SLURM's controller.
SLURM_TIMEOUT = 10.0


def mosek() -> Finding:
    """Check for a licence of MOSEK by requesting one."""
    from ssimball.ball.solvers.conic.backends import check_solver

    try:
        check_solver("mosek")
    except ConfigError as error:
        reason = str(error).removeprefix("solver: ").removesuffix(".")
        remedy = (
            "a licence is free for academia, from "
            "https://www.mosek.com/products/academic-licenses; only ssim_ball_conic uses it"
        )
        return Finding(State.NOT_NEEDED, reason, remedy)
    return Finding(State.OK, "gets a licence")


def weights() -> Finding:
    """Check which weights of torchvision's networks are on this machine."""
    from ssimball.models.weights import downloads

    cache = downloads()
    known = dict(_known_weights())
    cached = [known[path.name] for path in sorted(cache.glob("*")) if path.name in known]
    if cached:
        return Finding(State.OK, f"{', '.join(cached)} in {cache}")
    default = next(file for file, name in known.items() if name == "mobilenet_v2 IMAGENET1K_V1")
    remedy = (
        "weights are downloaded once; without network, get "
        f"https://download.pytorch.org/models/{default} and put it there. The demo has its own"
    )
    return Finding(State.NOT_NEEDED, f"none in {cache}", remedy)


def _known_weights() -> Iterator[tuple[str, str]]:
    """Yield file name and name of all weights of torchvision's classifiers."""
    from ssimball.models.torchvision import torchvision

    for network in torchvision.models.list_models(torchvision.models):
        for entry in torchvision.models.get_model_weights(network):
            yield entry.url.rpartition("/")[2], f"{network} {entry.name}"


def slurm() -> Finding:
    """Check for SLURM's commands, and whether its controller answers."""
    remedy = "the login node of a cluster; a single machine runs everything without"
    absent = [name for name in _SLURM if shutil.which(name) is None]
    if absent:
        return Finding(State.NOT_NEEDED, f"no command {', '.join(absent)}", remedy)
    try:
        ping = subprocess.run(
            ["scontrol", "ping"],
            capture_output=True,
            text=True,
            timeout=SLURM_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        found = f"has its commands, but its controller does not answer within {SLURM_TIMEOUT:g} s"
        return Finding(State.NOT_NEEDED, found, remedy)
    answer = next(filter(None, (ping.stdout + ping.stderr).splitlines()), "no answer")
    if ping.returncode != 0 or " is UP" not in answer:
        found = f"has its commands, but its controller answers: {answer}"
        return Finding(State.NOT_NEEDED, found, remedy)
    return Finding(State.OK, answer)


def chromium() -> Finding:
    """Check for a browser, which tests of the explorer use."""
    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if path is None:
        remedy = "your system's package chromium; only tests of pages in a browser use it"
        return Finding(State.NOT_NEEDED, f"no command {', '.join(_BROWSERS)}", remedy)
    return Finding(State.OK, path)
