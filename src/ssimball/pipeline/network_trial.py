"""Try the networks of a run that are not torchvision's before its first job."""

import subprocess
from collections.abc import Iterable

from ssimball.config.model import ModelConfig
from ssimball.config.networks import other_networks
from ssimball.config.study import StudyConfig
from ssimball.errors import ModelError
from ssimball.models.names import Library, library_of
from ssimball.runtime.processes import python_command, python_environment


def try_networks(study: StudyConfig) -> None:
    """Build each network with random weights and run it on one image, in a process of its own.

    The process of the workflow stays without torch. Networks of torchvision are not tried: they
    are known to work, and starting torch takes seconds.

    Raises:
        ModelError: A network cannot be built, or does not give one logit for each class.
    """
    models = [study.model, *(network.model for network in other_networks(study).values())]
    for model in _distinct(models):
        side = str(study.preprocessing.crop)
        command = python_command("-m", "ssimball.models.trial", side, model.model_dump_json())
        environment = python_environment()
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if done.returncode != 0:
            raise ModelError(done.stderr.strip())


def _distinct(models: Iterable[ModelConfig]) -> Iterable[ModelConfig]:
    """Return the networks to try, each once however many weights it has."""
    tried = (model for model in models if library_of(model.name) is not Library.TORCHVISION)
    return {(model.name, model.width_mult): model for model in tried}.values()
