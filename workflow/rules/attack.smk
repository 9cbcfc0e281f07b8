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
