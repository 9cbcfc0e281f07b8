"""What only some uses of ssimball need."""

import shutil
import subprocess
from collections.abc import Iterator

from ssimball.cli.doctor.interface import Finding
from ssimball.errors import ConfigError

_SLURM = ("sbatch", "squeue", "sinfo", "scontrol", "sacct")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: A daemon that has not answered by then does not.
SECONDS = 10


def mosek() -> Finding:
    """A licence for MOSEK, by asking for one."""
    from ssimball.ball.solvers.conic.backends import check_solver

    try:
        check_solver("mosek")
    except ConfigError as error:
        reason, _, where = str(error).removeprefix("solver: ").partition("; ")
        remedy = (
            f"{where}. Free for academia: https://www.mosek.com/products/academic-licenses. Only "
            "ssim_ball_conic uses it"
        )
        return Finding("not needed", reason, remedy)
    return Finding("ok", "gets a licence")


def weights() -> Finding:
    """Weights of torchvision's networks that are on this machine."""
    from ssimball.models.weights import downloads

    cache = downloads()
    known = dict(_known_weights())
    found = [known[path.name] for path in sorted(cache.glob("*")) if path.name in known]
    if found:
        return Finding("ok", f"{', '.join(found)} in {cache}")
    usual = next(file for file, name in known.items() if name == "mobilenet_v2 IMAGENET1K_V1")
    remedy = (
        "they are downloaded once; without network, get "
        f"https://download.pytorch.org/models/{usual} and put it there. The demo has its own"
    )
    return Finding("not needed", f"none in {cache}", remedy)


def _known_weights() -> Iterator[tuple[str, str]]:
    """File and name of all weights of torchvision's classifiers."""
    from ssimball.models.torchvision import torchvision

    for network in torchvision.models.list_models(torchvision.models):
        for one in torchvision.models.get_model_weights(network):
            yield one.url.rpartition("/")[2], f"{network} {one.name}"


def slurm() -> Finding:
    """SLURM's commands, and whether its controller answers."""
    remedy = "your cluster's login node; a single machine runs everything without"
    absent = [name for name in _SLURM if shutil.which(name) is None]
    if absent:
        return Finding("not needed", f"no command {', '.join(absent)}", remedy)
    try:
        done = subprocess.run(
            ["scontrol", "ping"], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        found = f"commands are here; the controller does not answer within {SECONDS} s"
        return Finding("not needed", found, remedy)
    told = next(filter(None, (done.stdout + done.stderr).splitlines()), "no answer")
    if done.returncode != 0 or " is UP" not in told:
        return Finding("not needed", f"commands are here; the controller: {told}", remedy)
    return Finding("ok", told)


def chromium() -> Finding:
    """A browser for tests of pages."""
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        remedy = "your system's package chromium; only tests of pages in a browser use it"
        return Finding("not needed", f"none of {', '.join(_BROWSERS)}", remedy)
    return Finding("ok", found)
