rule explain_shard:
    """Explain the label and the prediction of the clean images of a shard by one method."""
    input:
        f"{NETWORK_RESULTS}clean/{{shard}}.parquet",
    output:
        f"{NETWORK_RESULTS}explanations/{{explanation}}/{{shard}}.parquet",
    log:
        f"{NETWORK_LOGS}explanations/{{explanation}}/{{shard}}.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("explain_shard"),
    params:
        stage=lambda wildcards: PLAN.at(wildcards.network)
        .stages.explain(wildcards.explanation)
        .canonical(),
        code=lambda wildcards: PLAN.code(
            "explain_shard", explanation=wildcards.explanation
        ),
    script:
        "../scripts/explain_shard.py"


rule explain_attack_shard:
    """Explain the adversarial images and the adversarial classes of a shard by one method."""
    input:
        clean=f"{RESULTS}/clean/{{shard}}.parquet",
        attack=f"{RESULTS}/attacks/{{attack}}/{{shard}}.parquet",
    output:
        f"{RESULTS}/explanations_attacked/{{attack}}/{{explanation}}/{{shard}}.parquet",
    log:
        f"{RESULTS}/logs/explanations_attacked/{{attack}}/{{explanation}}/{{shard}}.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("explain_attack_shard"),
    params:
        stage=lambda wildcards: PLAN.stages.explain_attack(
            wildcards.attack, wildcards.explanation
        ).canonical(),
        code=lambda wildcards: PLAN.code(
            "explain_attack_shard", explanation=wildcards.explanation
        ),
    script:
        "../scripts/explain_attack_shard.py"


rule explain:
    """Make all files of stage explain."""
    input:
        expand(
            rules.explain_shard.output,
            network="",
            explanation=EXPLANATIONS,
            shard=SHARDS,
        ),


rule explain_attack:
    """Make all files of stage explain_attack."""
    input:
        expand(
            rules.explain_attack_shard.output,
            attack=ATTACKS,
            explanation=ATTACKED_EXPLANATIONS,
            shard=SHARDS,
        ),
