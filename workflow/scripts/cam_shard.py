"""Class activation maps of the clean images of a shard, for their true class."""

from pathlib import Path

import torch

from ssimball.artifacts import read_table, write_table
from ssimball.cam import class_activation
from ssimball.contracts import CAM, CLEAN
from ssimball.images import decode_png
from ssimball.jobs import job
from ssimball.models import load_classifier
from ssimball.preprocessing import to_tensor

with job(snakemake) as running:
    device = running.device
    classifier = load_classifier(running.model_settings(), device)
    clean = read_table(Path(snakemake.input[0]), CLEAN).to_pylist()
    rows = []
    for row in running.progress(clean, len(clean), f"cam {snakemake.wildcards.shard}"):
        kept = {key: row[key] for key in ("image_id", "label", "status")}
        if row["status"] == "ok":
            image = to_tensor(decode_png(row["image_png"]))[None].to(device)
            found = class_activation(classifier, image, torch.tensor([row["label"]], device=device))
            kept["cam"] = found.maps[0].cpu().numpy()
            kept["logit"], kept["bias"] = float(found.logits[0]), float(found.biases[0])
        rows.append(kept)
    write_table(Path(snakemake.output[0]), CAM, rows, running.provenance(device))
