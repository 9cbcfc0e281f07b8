"""Train the demo's classifier; writes its weights (safetensors) and a record of the training."""

import json
import os
from pathlib import Path

from ssimball.demo_training import TrainingSettings, train_demo_model, weights_file


def replace(target: Path, content: bytes) -> None:
    """Write under a temporary name in the same folder first: no half-written file is ever seen."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(target)


settings = TrainingSettings(**json.loads(snakemake.params.settings))
with Path(snakemake.log[0]).open("w", encoding="utf-8") as log:
    trained = train_demo_model(settings, progress=log)
record = json.dumps(trained.record, indent=2, sort_keys=True) + "\n"
replace(Path(snakemake.output.weights), weights_file(trained.state_dict))
replace(Path(snakemake.output.record), record.encode())
