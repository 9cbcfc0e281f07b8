from ssimball.datasets.subset import partner_shards

# Class activation maps of the clean images, for their true class.
CAM = f"{RESULTS}/explanations/cam/{{shard}}.parquet"


def plain_paths(files):
    """Return paths as plain text. If an input is marked as the output of another rule, Snakemake
    compares all inputs with each other, which takes seconds for thousands of files."""
    return [str(path) for path in files]


def shards_of_partners(shard):
    """Return the shards that hold the images that those of a shard are paired with."""
    return partner_shards(shard, PLAN.study.execution.shard_size, PLAN.subset.images)


def second_images(wildcards):
    """Return the additional inputs of an attack that needs a second image for each image."""
    if not PLAN.attack_settings[wildcards.attack].needs_others:
        return {}
    shards = shards_of_partners(wildcards.shard)
    return {
        "subset": expand(
            rules.subset_shard.output, shard=sorted({wildcards.shard, *shards})
        ),
        "partners": expand(
            rules.clean_shard.output, network=wildcards.network, shard=shards
        ),
    }


def maps_of_pairs(wildcards):
    """Return CAMs and subset of a shard and of the shards that hold its images' partners."""
    shards = sorted({wildcards.shard, *shards_of_partners(wildcards.shard)})
    return {
        "cams": expand(CAM, shard=shards),
        "subset": expand(rules.subset_shard.output, shard=shards),
    }


def artifacts():
    """Return every file of the run except logs: outputs and inputs of the last rules."""
    ends = [
        rules.overlap,
        rules.summary,
        rules.answer,
        rules.figures,
        rules.figure_evidence,
        rules.explorer,
        rules.figure_attacks,
    ]
    if "figure_fooling" in PLAN.figures:
        ends.append(rules.figure_fooling)
    if PLAN.study.causal.enabled:
        ends += [rules.causal_summary, rules.figure_causal]
    if PLAN.study.region_noise.enabled:
        ends.append(rules.region_noise_summary)
    if PLAN.study.confined_attack is not None:
        ends += [rules.region_test_summary, rules.figure_region_test]
    files = [
        rules.configuration.output,
        rules.subset.input,
        rules.explain.input,
        rules.explain_attack.input,
    ]
    # No rule reads the SSIM maps of all attacks; they are made with the distortions.
    files.append(
        expand(rules.ssim_shard.output.ssim, network="", attack=ATTACKS, shard=SHARDS)
    )
    if PLAN.randomised_networks:
        ends.append(rules.randomised)
        files.append(expand(rules.clean_shard.output, network=RANDOMISED, shard=SHARDS))
        files.append(
            expand(
                rules.ssim_shard.output.ssim,
                network=RANDOMISED,
                attack=RANDOMISED_ATTACK,
                shard=SHARDS,
            )
        )
    if PLAN.study.sensitivity.enabled:
        ends += [rules.sensitivity_overlap, rules.sensitivity]
        similarity = rules.ssim_shard.output.ssim
        files.append(expand(similarity, network="", attack=SWEPT, shard=SHARDS))
        files.append(
            expand(similarity, network=NETWORKS, attack=UNCHANGED, shard=SHARDS)
        )
        files.append(expand(rules.clean_shard.output, network=NETWORKS, shard=SHARDS))
    for end in ends:
        files += [end.input, end.output]
    return plain_paths(sorted({path for paths in files for path in paths}))
