from ssimball.datasets.subset import partner_shards

# Class activation maps of the clean images, for their true class.
CAM = f"{RESULTS}/explanations/cam/{{shard}}.parquet"


def names(files):
    """Paths as mere text. Where one of a rule's inputs is another rule's file, Snakemake compares
    every input with every other, which takes seconds with some thousands of them."""
    return [str(path) for path in files]


def second_images(wildcards):
    """What an attack that needs another image beside each reads besides."""
    if not PLAN.attack_settings[wildcards.attack].needs_others:
        return {}
    size = PLAN.study.execution.shard_size
    shards = partner_shards(wildcards.shard, size, PLAN.subset.images)
    return {
        "subset": expand(
            rules.subset_shard.output, shard=sorted({wildcards.shard, *shards})
        ),
        "partners": expand(
            rules.clean_shard.output, network=wildcards.network, shard=shards
        ),
    }


def artifacts():
    """Every file of the run but its logs: what the last rules write and all that they read."""
    ends = [
        rules.overlap,
        rules.summary,
        rules.figures,
        rules.figure_paired,
        rules.explorer,
        rules.figure_fooling,
        rules.figure_attacks,
    ]
    if PLAN.study.causal.enabled:
        ends += [rules.causal_summary, rules.figure_causal]
    found = [
        rules.configuration.output,
        rules.subset.input,
        rules.explain.input,
        rules.explain_attack.input,
    ]
    # Written beside the distortions that overlap reads.
    found.append(
        expand(rules.ssim_shard.output.ssim, network="", attack=ATTACKS, shard=SHARDS)
    )
    if PLAN.study.sensitivity.enabled:
        ends += [rules.sensitivity_overlap, rules.sensitivity]
        similarity = rules.ssim_shard.output.ssim
        found.append(expand(similarity, network="", attack=SWEPT, shard=SHARDS))
        found.append(
            expand(similarity, network=NETWORKS, attack=SWEPT_BASE, shard=SHARDS)
        )
    for end in ends:
        found += [end.input, end.output]
    return names(sorted({path for paths in found for path in paths}))
