rule classes:
    """Store the names of the classes."""
    output:
        f"{RESULTS}/classes.parquet",
    log:
        f"{RESULTS}/logs/classes.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("classes"),
    params:
        stage=PLAN.stages.classes().canonical(),
        code=PLAN.code("classes"),
    script:
        "../scripts/classes.py"


rule subset_shard:
    """Choose the images of a shard and compute the sha256 of their files."""
    output:
        f"{RESULTS}/subset/{{shard}}.parquet",
    log:
        f"{RESULTS}/logs/subset/{{shard}}.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("subset_shard"),
    params:
        stage=lambda wildcards: PLAN.stages.subset(wildcards.shard).canonical(),
        code=PLAN.code("subset_shard"),
    script:
        "../scripts/subset_shard.py"


rule subset:
    """Make all files of stage subset."""
    input:
        rules.classes.output,
        expand(rules.subset_shard.output, shard=SHARDS),
