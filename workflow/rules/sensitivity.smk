# Attacks that the sweep measures on the run's own network, and base and control on other networks.
SWEPT = list(PLAN.swept)
NETWORKS = [network_prefix(name) for name in PLAN.swept_networks]
UNCHANGED = [PLAN.study.sensitivity.base, PLAN.study.sensitivity.control]
UNCHANGED = [attack for attack in UNCHANGED if attack is not None]


rule sensitivity_overlap:
    """Measure overlap at every level of the sensitivity sweep for each image."""
    input:
        explanations=expand(
            rules.explain_shard.output,
            network="",
            explanation=EXPLANATIONS,
            shard=SHARDS,
        ),
        references=expand(rules.references_shard.output, network="", shard=SHARDS),
        distortions=expand(
            rules.ssim_shard.output.distortions, network="", attack=SWEPT, shard=SHARDS
        ),
        other_cams=expand(
            rules.explain_shard.output,
            network=NETWORKS,
            explanation="cam",
            shard=SHARDS,
        ),
        other_references=expand(
            rules.references_shard.output, network=NETWORKS, shard=SHARDS
        ),
        other_distortions=expand(
            rules.ssim_shard.output.distortions,
            network=NETWORKS,
            attack=UNCHANGED,
            shard=SHARDS,
        ),
    output:
        f"{RESULTS}/sensitivity_overlap.parquet",
    log:
        f"{RESULTS}/logs/sensitivity_overlap.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("sensitivity_overlap"),
    params:
        stage=PLAN.stages.sensitivity_overlap().canonical(),
        code=PLAN.code("sensitivity_overlap"),
    script:
        "../scripts/sensitivity_overlap.py"


rule sensitivity:
    """Summarise how much the overlap depends on choices, as a table, a text and figures."""
    input:
        clean=expand(rules.clean_shard.output, network="", shard=SHARDS),
        overlap=str(rules.sensitivity_overlap.output[0]),
        attacks=expand(
            rules.attack_shard.output, network="", attack=SWEPT, shard=SHARDS
        ),
        other_attacks=expand(
            rules.attack_shard.output,
            network=NETWORKS,
            attack=UNCHANGED,
            shard=SHARDS,
        ),
    output:
        **drawn_by("sensitivity", "Sensitivity"),
        table=result(
            "sensitivity.parquet",
            "Statistics by level",
            "sensitivity_table",
            "Sensitivity",
        ),
        text=result(
            "sensitivity.txt",
            "Where the answer holds",
            "sensitivity_words",
            "Sensitivity",
        ),
    log:
        f"{RESULTS}/logs/sensitivity.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("sensitivity"),
    params:
        stage=PLAN.stages.sensitivity().canonical(),
        code=PLAN.code("sensitivity"),
    script:
        "../scripts/sensitivity.py"
