"""What of this machine a finished run may use: nothing that only the run's configuration names.

The configuration of somebody else's run could name any file, and code of one's own. Nothing is ever
taken from a network.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ssimball.config.dataset import DatasetConfig
from ssimball.config.model import ModelConfig
from ssimball.config.networks import other_networks
from ssimball.config.study import StudyConfig
from ssimball.errors import ImpossibleError
from ssimball.models.names import Library, library_of
from ssimball.models.weights import is_on_this_machine

#: What lets them be opened.
OWN = "--as-configured, if the run is your own"


@dataclass(frozen=True)
class LocalFiles:
    """Files that the user names.

    Attributes:
        weights: files of weights by name of the network beside the run's own; that of the run's
            own under the empty name.
        manifest: the manifest of the photographs; None: none is named.
        as_configured: whether files may be opened, and networks of one's own imported, that only
            the configuration names.
    """

    weights: Mapping[str, Path] = field(default_factory=dict)
    manifest: Path | None = None
    as_configured: bool = False

    def weights_of(self, study: StudyConfig, network: str) -> str:
        """Return the weights of a network, to be checked with :meth:`check_model`.

        Args:
            study: the run's configuration.
            network: name of a network beside the run's own; empty for the run's own.
        """
        own = study.sensitivity.networks.get(network, {}).get("weights")
        given = self.weights.get("" if own is None else network)
        return str(given or own or study.model.weights)

    def check_model(self, model: ModelConfig) -> None:
        """Refuse a network whose code or weights only the configuration names.

        Raises:
            ImpossibleError: it does, or its weights are not on this machine.
        """
        given = {str(path) for path in self.weights.values()}
        if library_of(model.name) is Library.OWN and not self.as_configured:
            raise ImpossibleError(f"the code of {model.name} is not imported; give {OWN}")
        is_file = model.names_file and not model.is_in_package
        if is_file and model.weights not in given and not self.as_configured:
            raise ImpossibleError(
                f"the network's weights are not read from where config.yaml names them; give "
                f"--weights FILE, or {OWN}"
            )
        if not model.names_file and not is_on_this_machine(model):
            raise ImpossibleError(
                f"the network is not here: the weights {model.weights} of {model.name} are not on "
                "this machine, and nothing is downloaded; give --weights FILE"
            )

    def may_open_all(self, study: StudyConfig) -> bool:
        """Return whether a configuration names no file that may not be opened."""
        models = [study.model, *(each.model for each in other_networks(study).values())]
        named = any(
            library_of(model.name) is Library.OWN or (model.names_file and not model.is_in_package)
            for model in models
        )
        return self.as_configured or not (named or study.dataset.kind in ("manifest", "imagenet"))

    def dataset(self, study: StudyConfig) -> DatasetConfig:
        """Return the data set of a run, with its files as the user names them.

        Raises:
            ImpossibleError: only the configuration names them.
        """
        settings = study.dataset
        if settings.kind == "manifest" and self.manifest is not None:
            manifest = settings.manifest.model_copy(update={"path": str(self.manifest)})
            return settings.model_copy(update={"manifest": manifest})
        if settings.kind in ("manifest", "imagenet") and not self.as_configured:
            option = "--manifest FILE, or " if settings.kind == "manifest" else ""
            raise ImpossibleError(
                f"source images are not read from where config.yaml names them; give {option}{OWN}"
            )
        return settings
