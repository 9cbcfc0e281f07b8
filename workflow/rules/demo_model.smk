# Not part of a run: the package ships the trained network. `make demo-model` runs this rule.
rule train_demo_model:
    """Train the demo's classifier and measure its accuracy on unseen scenes."""
    output:
        weights="results/demo_model/demo_model.safetensors",
        record="results/demo_model/demo_model.json",
    log:
        "results/demo_model/demo_model.log",
    conda:
        ENVIRONMENT
    threads: 2
    params:
        settings="{}",
        code=PLAN.code("train_demo_model"),
    script:
        "../scripts/train_demo_model.py"


# The same network trained again on attacked scenes: `make robust-model`.
rule train_robust_model:
    """Train the demo's classifier on PGD examples and measure its accuracy with and without PGD."""
    output:
        weights="results/robust_model/demo_robust.safetensors",
        record="results/robust_model/demo_robust.json",
    log:
        "results/robust_model/demo_robust.log",
    conda:
        ENVIRONMENT
    threads: 1
    params:
        settings="{}",
        code=PLAN.code("train_robust_model"),
    script:
        "../scripts/train_robust_model.py"
