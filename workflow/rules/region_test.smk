# The region test: what can an attack do inside one region of the image?
rule region_test_shard:
    """Confine an attack's step to one region after the other, and classify the images."""
    input:
        unpack(maps_of_pairs),
        clean=f"{RESULTS}/clean/{{shard}}.parquet",
        references=f"{RESULTS}/references/{{shard}}.parquet",
    output:
        f"{RESULTS}/region_test/{{shard}}.parquet",
    log:
        f"{RESULTS}/logs/region_test/{{shard}}.log",
    conda:
        ENVIRONMENT
    resources:
        images=lambda wildcards: PLAN.subset.in_shard(wildcards.shard),
    params:
        stage=lambda wildcards: PLAN.stages.region_test().canonical(),
        code=PLAN.code("region_test_shard"),
    script:
        "../scripts/region_test_shard.py"


rule region_test_summary:
    """Summarise the region test across images."""
    input:
        clean=expand(rules.clean_shard.output, network="", shard=SHARDS),
        region_test=expand(rules.region_test_shard.output, shard=SHARDS),
    output:
        result(
            "region_test.parquet",
            "The attack confined to regions",
            "region_test",
            "Causal test",
        ),
    log:
        f"{RESULTS}/logs/region_test_summary.log",
    conda:
        ENVIRONMENT
    resources:
        images=PLAN.subset.images,
    params:
        stage=PLAN.stages.region_test_summary().canonical(),
        code=PLAN.code("region_test_summary"),
    script:
        "../scripts/region_test_summary.py"


rule region_test:
    """Make all files of stage region_test."""
    input:
        rules.region_test_summary.output,
