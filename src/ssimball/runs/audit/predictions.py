"""Predictions: the network on the stored bytes of clean and adversarial images."""

import numpy as np
from numpy.typing import NDArray

from ssimball.models.classifier import Classifier
from ssimball.models.logits import finite_logits
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.layout import artifact_of
from ssimball.runs.run import Run
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.images import decode_png, to_tensor

#: Of logits and margins, absolute and relative: float32 sums differ between machines by less.
TOLERANCE = 1e-3


def logits_of(classifier: Classifier, png: bytes) -> NDArray[np.float64]:
    """Logits of a stored image, float64 (classes,)."""
    found = finite_logits(classifier, to_tensor(decode_png(png))[None])[0]
    return np.asarray(found.double().numpy())


def _predictions(run: Run, artifact: str, tally: Tally) -> None:
    one = artifact_of(artifact)
    classifier = run.classifier(one.place)
    key = "image_png" if one.contract == CLEAN else "adversarial_png"
    for row in run.rows(artifact):
        if row[key] is None:
            continue
        name, logits = row["image_id"], logits_of(classifier, row[key])
        # Of classes that no difference of machines tells apart, either will do.
        first = logits.max() - TOLERANCE * (1 + np.abs(logits).max())
        likely = np.flatnonzero(logits >= first).tolist()
        said = row["predicted"]
        tally.true(name, "predicted", said in likely, f"{int(logits.argmax())}", said)
        margin = logits[row["label"]] - np.delete(logits, row["label"]).max()
        tally.close(name, "margin", margin, row["margin"], TOLERANCE, TOLERANCE)
        if one.contract == CLEAN:
            tally.close(name, "logits", logits, row["logits"], TOLERANCE, TOLERANCE)


CHECKS = (
    Check(
        "predictions",
        "the network says this of the stored images",
        lambda run: run.of(CLEAN, ATTACKS),
        _predictions,
        quick=False,
    ),
)
