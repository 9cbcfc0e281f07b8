"""An attack that needs a second image gets the same one, however images are split into shards."""

import copy

import numpy as np
import pandas as pd
import torch
from torch.nn.functional import one_hot

from ssimball.config.model import ModelConfig
from ssimball.models.classifier import load_classifier
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import SUBSET
from ssimball.storage.images import decode_png, to_tensor
from ssimball.storage.tables import read_table, tensor

#: Three images: the last is left over when the others pair up.
PARTNERS = [1, 0, 1]


def attacked(workflow, small, shard_size):
    """Run stage attack; return the table of each shard and the folder of the run."""
    study = copy.deepcopy(small) | {"run": f"size{shard_size}", "subset": {"images": 3}}
    study["execution"]["shard_size"] = shard_size
    study |= {"attacks": ["ball_other_gradient"], "sensitivity": {"enabled": False}}
    outcome = workflow.run(study, "attack")
    assert outcome.code == 0, outcome.text
    folder = workflow.folder / "results" / study["run"]
    paths = sorted((folder / "attacks" / "ball_other_gradient").glob("*.parquet"))
    return folder, [read_table(path, ATTACKS) for path in paths]


def column(tables, name):
    return [value for table in tables for value in table.column(name).to_pylist()]


def margin_gradient(classifier, image, label):
    """Return the gradient of minus the margin, divided by its largest magnitude."""
    x = image[None].requires_grad_(True)
    logits = classifier(x)[0]
    own = one_hot(torch.tensor(label), len(logits)).bool()
    (gradient,) = torch.autograd.grad(logits[~own].max() - logits[label], x)
    return (gradient / gradient.abs().max())[0].numpy()


def test_second_images_do_not_depend_on_shards(workflow, small):
    (_, alone), (folder, together) = (attacked(workflow, small, size) for size in (1, 3))
    assert (len(alone), len(together)) == (3, 1)
    for name in ("image_id", "status"):
        assert column(alone, name) == column(together, name)
    pairs = (column(tables, "adversarial_png") for tables in (alone, together))
    for one, two in zip(*pairs, strict=True):
        if one is not None:
            difference = np.abs(np.subtract(decode_png(one), decode_png(two), dtype=int))
            # Processes can differ in the last bit, which may change a rounding.
            assert difference.max() <= 1
            assert np.count_nonzero(difference) <= 20
    [subset] = (folder / "subset").glob("*.parquet")
    order = read_table(subset, SUBSET).column("image_id").to_pylist()
    assert order == column(together, "image_id")
    clean = pd.concat(map(pd.read_parquet, sorted((folder / "clean").glob("*.parquet"))))
    assert clean.image_id.tolist() == order
    classifier, seen = load_classifier(ModelConfig()), 0
    for place, other in enumerate(PARTNERS):
        gradient = tensor(alone[place], "gradient", 0)
        if gradient is not None:  # misclassified images are not attacked, but serve as partners
            image = to_tensor(decode_png(clean.image_png.iloc[other]))
            expected = margin_gradient(classifier, image, int(clean.label.iloc[other]))
            np.testing.assert_allclose(gradient, expected, atol=1e-3)
            seen += 1
    assert seen >= 2
