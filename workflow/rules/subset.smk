rule classes:
    """Names of the classes."""
    output:
        f"{RESULTS}/classes.parquet",
    log:
        f"{RESULTS}/logs/classes.log",
    conda:
        ENVIRONMENT
    resources:
        images=PLAN.images,
    params:
        stage=PLAN.stage("classes"),
        code=PLAN.code("classes"),
    script:
        "../scripts/classes.py"


rule subset_shard:
    """Choose the images of a shard, and take their sha256."""
    output:
        f"{RESULTS}/subset/{{shard}}.parquet",
    log:
        f"{RESULTS}/logs/subset/{{shard}}.log",
    conda:
        ENVIRONMENT
    resources:
        images=lambda wildcards: PLAN.in_shard(wildcards.shard),
    params:
        stage=lambda wildcards: PLAN.stage("subset", wildcards.shard),
        code=PLAN.code("subset_shard"),
    script:
        "../scripts/subset_shard.py"


rule subset:
    """All of stage subset."""
    input:
        rules.classes.output,
        expand(rules.subset_shard.output, shard=SHARDS),
