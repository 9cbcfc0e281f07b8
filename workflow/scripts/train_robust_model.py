"""Train the demo's classifier again, on PGD examples.

Reads its settings and the shipped ordinary network. Writes the weights (safetensors) and a record
of the training.
"""

import json
from pathlib import Path

from ssimball.models.demo_training import weights_file
from ssimball.models.robust_training import RobustTrainingSettings, train_robust_model
from ssimball.storage.atomic import write_bytes, write_text

settings = RobustTrainingSettings(**json.loads(snakemake.params.settings))
with Path(snakemake.log[0]).open("w", encoding="utf-8") as log:
    trained = train_robust_model(settings, progress=log)
write_bytes(Path(snakemake.output.weights), weights_file(trained.state_dict))
write_text(
    Path(snakemake.output.record), json.dumps(trained.record, indent=2, sort_keys=True) + "\n"
)
