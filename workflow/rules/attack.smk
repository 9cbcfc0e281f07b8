rule attack_shard:
    """Attack the correctly classified images of a shard; judge what is stored."""
    input:
        unpack(second_images),
        clean=f"{PLACE}clean/{{shard}}.parquet",
    output:
        f"{PLACE}attacks/{{attack}}/{{shard}}.parquet",
    log:
        f"{LOGS}attacks/{{attack}}/{{shard}}.log",
    conda:
        ENVIRONMENT
    resources:
        images=lambda wildcards: PLAN.subset.in_shard(wildcards.shard),
    params:
        stage=lambda wildcards: PLAN.at(wildcards.network)
        .stages.attack(wildcards.attack)
        .canonical(),
        code=lambda wildcards: PLAN.code("attack_shard", attack=wildcards.attack),
    script:
        "../scripts/attack_shard.py"


rule attack:
    """All of stage attack."""
    input:
        expand(rules.attack_shard.output, network="", attack=ATTACKS, shard=SHARDS),
