"""An attack that needs a second image gets the one next to it, also from another shard."""

import numpy as np
import pandas as pd
import pytest
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


#: The first shard holds two images, which pair up; the last one's partner lies in another shard.
SHARD_SIZE = 2


def margin_gradient(classifier, image, label):
    """Return the gradient of minus the margin, divided by its largest magnitude."""
    x = image[None].requires_grad_(True)
    logits = classifier(x)[0]
    own = one_hot(torch.tensor(label), len(logits)).bool()
    (gradient,) = torch.autograd.grad(logits[~own].max() - logits[label], x)
    return (gradient / gradient.abs().max())[0].numpy()


@pytest.mark.long
def test_second_images_come_from_the_same_shard_and_from_another(workflow, small):
    small |= {"subset": {"images": 3}, "sensitivity": {"enabled": False}}
    small |= {"attacks": ["ball_other_gradient"]}
    small["execution"]["shard_size"] = SHARD_SIZE
    outcome = workflow.run(small, "attack")
    assert outcome.code == 0, outcome.text
    folder = workflow.folder / "results" / "small"
    paths = sorted((folder / "attacks" / "ball_other_gradient").glob("*.parquet"))
    tables = [read_table(path, ATTACKS) for path in paths]
    assert [len(table) for table in tables] == [2, 1]
    subset = [read_table(path, SUBSET) for path in sorted((folder / "subset").glob("*.parquet"))]
    order = [name for table in subset for name in table.column("image_id").to_pylist()]
    clean = pd.concat(map(pd.read_parquet, sorted((folder / "clean").glob("*.parquet"))))
    assert clean.image_id.tolist() == order
    classifier, seen = load_classifier(ModelConfig()), 0
    for place, other in enumerate(PARTNERS):
        table, number = tables[place // SHARD_SIZE], place % SHARD_SIZE
        assert table["image_id"][number].as_py() == order[place]
        gradient = tensor(table, "gradient", number)
        if gradient is not None:  # misclassified images are not attacked, but serve as partners
            image = to_tensor(decode_png(clean.image_png.iloc[other]))
            expected = margin_gradient(classifier, image, int(clean.label.iloc[other]))
            np.testing.assert_allclose(gradient, expected, atol=1e-3)
            seen += 1
    assert seen >= 2
