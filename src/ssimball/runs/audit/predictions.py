"""Checks of predictions: run the network on the stored clean and adversarial images again."""

import numpy as np
from numpy.typing import NDArray

from ssimball.models.classifier import Classifier
from ssimball.models.logits import finite_logits
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.audit.pictures import image_of
from ssimball.runs.layout import artifact_of
from ssimball.runs.run import Run
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import CLEAN

#: Of logits and margins, absolute and relative: float32 sums differ between machines by less.
TOLERANCE = 1e-3


def logits_of(classifier: Classifier, png: bytes) -> NDArray[np.float64]:
    """Return the logits of a stored image, float64 (classes,)."""
    logits = finite_logits(classifier, image_of(png)[None])[0]
    return np.asarray(logits.double().numpy())


def _predictions(run: Run, path: str, tally: Tally) -> None:
    artifact = artifact_of(path)
    classifier = run.classifier(artifact.network_prefix)
    image_column = "image_png" if artifact.contract == CLEAN else "adversarial_png"
    for row in run.rows(path):
        if row[image_column] is None:
            continue
        name, logits = row["image_id"], logits_of(classifier, row[image_column])
        # Two classes whose logits are within the tolerance can change places between machines.
        threshold = logits.max() - TOLERANCE * (1 + np.abs(logits).max())
        likely = np.flatnonzero(logits >= threshold).tolist()
        stored = row["predicted"]
        tally.holds(name, "predicted", stored in likely, f"{int(logits.argmax())}", stored)
        margin = logits[row["label"]] - np.delete(logits, row["label"]).max()
        tally.close(name, "margin", margin, row["margin"], TOLERANCE, TOLERANCE)
        if artifact.contract == CLEAN:
            tally.close(name, "logits", logits, row["logits"], TOLERANCE, TOLERANCE)


CHECKS = (
    Check(
        "predictions",
        "the network's predictions for the stored images are those stored",
        lambda run: run.paths_of(CLEAN, ATTACKS),
        _predictions,
        quick=False,
        family="network",
        cost=0.03,
    ),
)
