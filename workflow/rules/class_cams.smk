rule class_cams_shard:
    """Compute the CAMs of classes other than the true one on the clean images of a shard."""
    input:
        f"{RESULTS}/clean/{{shard}}.parquet",
    output:
        f"{RESULTS}/class_cams/{{shard}}.parquet",
    log:
        f"{RESULTS}/logs/class_cams/{{shard}}.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("class_cams_shard"),
    params:
        stage=PLAN.stages.class_cams().canonical(),
        code=PLAN.code("class_cams_shard"),
    script:
        "../scripts/class_cams_shard.py"


rule class_cams:
    """Make all files of stage class_cams."""
    input:
        expand(rules.class_cams_shard.output, shard=SHARDS),
