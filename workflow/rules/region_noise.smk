# Noise in regions of the clean images: is the CAM a map of sensitivity to any disturbance?
rule region_noise_shard:
    """Put noise into one region of a clean image after the other, and classify the images."""
    input:
        unpack(maps_of_pairs),
        clean=f"{RESULTS}/clean/{{shard}}.parquet",
        references=f"{RESULTS}/references/{{shard}}.parquet",
    output:
        f"{RESULTS}/region_noise/{{shard}}.parquet",
    log:
        f"{RESULTS}/logs/region_noise/{{shard}}.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("region_noise_shard"),
    params:
        stage=PLAN.stages.region_noise().canonical(),
        code=PLAN.code("region_noise_shard"),
    script:
        "../scripts/region_noise_shard.py"


rule region_noise_summary:
    """Summarise the noise in regions across images."""
    input:
        clean=expand(rules.clean_shard.output, network="", shard=SHARDS),
        region_noise=expand(rules.region_noise_shard.output, shard=SHARDS),
    output:
        result(
            "region_noise.parquet",
            "Noise in regions of clean images",
            "region_noise",
            "Causal test",
        ),
    log:
        f"{RESULTS}/logs/region_noise_summary.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("region_noise_summary"),
    params:
        stage=PLAN.stages.region_noise_summary().canonical(),
        code=PLAN.code("region_noise_summary"),
    script:
        "../scripts/region_noise_summary.py"


rule region_noise:
    """Make all files of stage region_noise."""
    input:
        rules.region_noise_summary.output,
