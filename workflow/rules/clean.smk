rule clean_shard:
    """Preprocess and classify the clean images of a shard."""
    input:
        rules.subset_shard.output,
    output:
        f"{NETWORK_RESULTS}clean/{{shard}}.parquet",
    log:
        f"{NETWORK_LOGS}clean/{{shard}}.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("clean_shard"),
    params:
        stage=lambda wildcards: PLAN.at(wildcards.network).stages.clean().canonical(),
        code=PLAN.code("clean_shard"),
    script:
        "../scripts/clean_shard.py"


rule clean:
    """Make all files of stage clean."""
    input:
        expand(rules.clean_shard.output, network="", shard=SHARDS),
