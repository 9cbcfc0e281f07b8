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
        **PLAN.resources("region_test_shard"),
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
            "region_test_table",
            "Causal test",
        ),
    log:
        f"{RESULTS}/logs/region_test_summary.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("region_test_summary"),
    params:
        stage=PLAN.stages.region_test_summary().canonical(),
        code=PLAN.code("region_test_summary"),
    script:
        "../scripts/region_test_summary.py"


# Without an attack to confine, there is no such figure.
if "figure_region_test" in PLAN.figures:

    rule figure_region_test:
        """Draw what the attack and noise do in each region."""
        input:
            region_test=str(rules.region_test_summary.output[0]),
            region_noise=plain_paths(
                rules.region_noise_summary.output
                if PLAN.study.region_noise.enabled
                else []
            ),
        output:
            **drawn_by("figure_region_test", "Causal test"),
        log:
            f"{RESULTS}/logs/figure_region_test.log",
        conda:
            ENVIRONMENT
        resources:
            **PLAN.resources("figure_region_test"),
        params:
            stage=PLAN.stages.figure_region_test().canonical(),
            code=PLAN.code("figure_region_test"),
        script:
            "../scripts/figure_region_test.py"


rule region_test:
    """Make all files of stage region_test."""
    input:
        rules.region_test_summary.output,
        (
            rules.figure_region_test.output
            if "figure_region_test" in PLAN.figures
            else []
        ),
