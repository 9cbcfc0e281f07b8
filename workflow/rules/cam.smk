rule cam_shard:
    """Class activation maps of the clean images of a shard, for their true class."""
    input:
        f"{RESULTS}/clean/{{shard}}.parquet",
    output:
        f"{RESULTS}/cam/{{shard}}.parquet",
    log:
        f"{RESULTS}/logs/cam/{{shard}}.log",
    conda:
        ENVIRONMENT
    params:
        stage=PLAN.stage("cam"),
        code=PLAN.code("cam_shard"),
    script:
        "../scripts/cam_shard.py"


rule cam:
    """All of stage cam."""
    input:
        expand(rules.cam_shard.output, shard=SHARDS),
