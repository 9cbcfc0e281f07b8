rule answer:
    """Answer the question of the study: as text, as a page, and as JSON."""
    input:
        clean=expand(rules.clean_shard.output, network="", shard=SHARDS),
        cams=expand(
            rules.explain_shard.output, network="", explanation="cam", shard=SHARDS
        ),
        summary=plain_paths([rules.summary.output.primary, rules.summary.output.table]),
        randomised=plain_paths(
            [rules.randomised.output.table] if PLAN.randomised_networks else []
        ),
        region_noise=plain_paths(
            rules.region_noise_summary.output
            if PLAN.study.region_noise.enabled
            else []
        ),
        region_test=plain_paths(
            rules.region_test_summary.output if PLAN.study.confined_attack else []
        ),
    output:
        text=result("answer.txt", "The answer", "answer", "Answer"),
        page=result("answer.md", "The answer, with all rows", "answer_page", "Answer"),
        json=result("answer.json", "The answer as JSON", "answer_json", "Answer"),
    log:
        f"{RESULTS}/logs/answer.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("answer"),
    params:
        stage=PLAN.stages.answer().canonical(),
        code=PLAN.code("answer"),
    script:
        "../scripts/answer.py"
