from ssimball.subset import partner_shards

# Class activation maps of the clean images, for their true class.
CAM = f"{RESULTS}/explanations/cam/{{shard}}.parquet"


def second_images(wildcards):
    """What an attack that needs another image beside each reads besides."""
    if not PLAN.attack_settings[wildcards.attack].needs_others:
        return {}
    size = PLAN.study.execution.shard_size
    shards = partner_shards(wildcards.shard, size, PLAN.images)
    return {
        "subset": rules.subset.output.subset,
        "partners": expand(
            rules.clean_shard.output, network=wildcards.network, shard=shards
        ),
    }
