rule attack_shard:
    """Attack the correctly classified images of a shard and judge the stored 8-bit images."""
    input:
        unpack(second_images),
        clean=f"{NETWORK_RESULTS}clean/{{shard}}.parquet",
    output:
        f"{NETWORK_RESULTS}attacks/{{attack}}/{{shard}}.parquet",
    log:
        f"{NETWORK_LOGS}attacks/{{attack}}/{{shard}}.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("attack_shard"),
    params:
        stage=lambda wildcards: PLAN.at(wildcards.network)
        .stages.attack(wildcards.attack)
        .canonical(),
        code=lambda wildcards: PLAN.code("attack_shard", attack=wildcards.attack),
    script:
        "../scripts/attack_shard.py"


rule attack:
    """Make all files of stage attack."""
    input:
        expand(rules.attack_shard.output, network="", attack=ATTACKS, shard=SHARDS),
