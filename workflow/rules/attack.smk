from ssimball.subset import partner_shards


def second_images(wildcards):
    """What an attack that needs another image beside each reads besides."""
    if not PLAN.study.attack_settings[wildcards.attack].needs_others:
        return {}
    size = PLAN.study.execution.shard_size
    shards = partner_shards(wildcards.shard, size, PLAN.images)
    return {
        "subset": rules.subset.output.subset,
        "partners": expand(rules.clean_shard.output, shard=shards),
    }


rule attack_shard:
    """Attack the correctly classified images of a shard; judge what is stored."""
    input:
        unpack(second_images),
        clean=f"{RESULTS}/clean/{{shard}}.parquet",
    output:
        f"{RESULTS}/attacks/{{attack}}/{{shard}}.parquet",
    log:
        f"{RESULTS}/logs/attacks/{{attack}}/{{shard}}.log",
    conda:
        ENVIRONMENT
    resources:
        mem_mb=4000,
    params:
        stage=lambda wildcards: PLAN.stage("attack", wildcards.attack),
        code=lambda wildcards: PLAN.code("attack_shard", wildcards.attack),
    script:
        "../scripts/attack_shard.py"


rule attack:
    """All of stage attack."""
    input:
        expand(rules.attack_shard.output, attack=ATTACKS, shard=SHARDS),
