"""Entry point of the workflow: check the configuration, include the stages, define the targets."""

import sys
import time
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.utils import min_version

min_version("9.0")

# Not workflow.basedir: another workflow may use this one as a module.
ROOT = Path(str(workflow.current_basedir.get_path_or_uri(secret_free=True)))
sys.path.insert(0, str(ROOT / "src"))

from ssimball.runtime.fingerprint import SOURCE_ROOT

# Snakemake's logger may have loaded it. With the package of another checkout, what is planned and
# recorded would not be what jobs run.
if SOURCE_ROOT != (ROOT / "src").resolve():
    raise WorkflowError(
        f"{SOURCE_ROOT}: the package ssimball of another checkout than {ROOT}; use the .venv of "
        f"the Snakefile's folder, or set PYTHONPATH={ROOT / 'src'}"
    )

from ssimball.config.files import check_yaml
from ssimball.config.study import effective, load_study
from ssimball.errors import SsimballError
from ssimball.storage.contracts.columns import network_prefix
from ssimball.pipeline.checkout import (
    prepare_checkout,
    require_plain_path,
    require_results,
)
from ssimball.pipeline.plan import Plan
from ssimball.pipeline.network_trial import try_networks
from ssimball.pipeline.retries import retry_lost_jobs_only
from ssimball.pipeline.submission_limit import require_submissions
from ssimball.pipeline.termination import end_in_a_thread
from ssimball.runtime.environment import prepare_environment
from ssimball.pipeline.fork_server.start import serve_scripts
from ssimball.pipeline.run_log.announcement import announce
from ssimball.pipeline.run_log.closing import closing_lines
from ssimball.pipeline.table_checksums import compare_tables_by_footer

prepare_environment(ROOT / "src")
compare_tables_by_footer()
try:
    prepare_checkout(ROOT)
    require_results()
    check_yaml(ROOT / "config.yaml")
except SsimballError as error:
    raise WorkflowError(str(error))


configfile: ROOT / "config.yaml"


try:
    PLAN = Plan(load_study(config), ROOT / "workflow" / "scripts")
    SHARDS = PLAN.subset.shards
except SsimballError as error:
    raise WorkflowError(str(error))


report: "workflow/report/workflow.rst"


STARTED = time.time()
ATTACKS = PLAN.study.attacks
EXPLANATIONS = PLAN.study.explanations
ATTACKED_EXPLANATIONS = PLAN.study.attacked_explanations
RESULTS = f"results/{PLAN.study.run}"
# Prefix of a network's files: those of the run's own network lie in the run's folder, those of
# another network of the sensitivity sweep under networks/<name>/.
NETWORK_RESULTS = f"{RESULTS}/{{network}}"
NETWORK_LOGS = f"{RESULTS}/logs/{{network}}"
ENVIRONMENT = str(ROOT / "envs" / "ssimball.yaml")

# What jobs read of the configuration beside their stage; no result depends on it.
config["machine"] = PLAN.machine_settings().model_dump_json()
# The report shows it.
config["effective"] = effective(PLAN.study)


wildcard_constraints:
    network=r"(networks/[A-Za-z0-9_.-]+/)?",
    attack=r"[A-Za-z0-9_.-]+",
    explanation=r"[A-Za-z0-9_-]+",
    shard=r"\d{5}",


localrules:
    all,
    clean,
    attack,
    explain,
    explain_attack,
    class_cams,
    references,
    ssim,
    causal,
    region_noise,
    region_test,
    configuration,


include: "workflow/rules/report.smk"
include: "workflow/rules/configuration.smk"
include: "workflow/rules/subset.smk"
include: "workflow/rules/clean.smk"
include: "workflow/rules/common.smk"
include: "workflow/rules/attack.smk"
include: "workflow/rules/explain.smk"
include: "workflow/rules/references.smk"
include: "workflow/rules/class_cams.smk"
include: "workflow/rules/ssim.smk"
include: "workflow/rules/overlap.smk"
include: "workflow/rules/causal.smk"
include: "workflow/rules/region_noise.smk"
include: "workflow/rules/region_test.smk"
include: "workflow/rules/randomised.smk"
include: "workflow/rules/answer.smk"
include: "workflow/rules/sensitivity.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/figure_evidence.smk"
include: "workflow/rules/figures_statistics.smk"
include: "workflow/rules/explorer.smk"
include: "workflow/rules/checksums.smk"
include: "workflow/rules/demo_model.smk"


rule all:
    """Make everything: figures, explorer, all explanations, and the effective configuration."""
    default_target: True
    input:
        # The list of checksums reads all other files.
        rules.checksums.output,


onstart:
    try:
        if not workflow.local_exec:
            require_plain_path()
            require_submissions(workflow)
        try_networks(PLAN.study)
    except SsimballError as error:
        raise WorkflowError(str(error))
    serve_scripts()
    retry_lost_jobs_only()
    end_in_a_thread()
    announce(workflow, Path(RESULTS), PLAN.subset.images)


onerror:
    # Depending on the version of Snakemake, `log` is one path or several.
    logs = [log] if isinstance(log, str) else log
    if any("SIGKILL" in Path(path).read_text(errors="replace") for path in logs):
        logger.error(
            "A job was killed. If nobody killed it, it needed more memory than there is: lower "
            "execution.batch_size or execution.shard_size, or run fewer jobs at once (--cores). "
            "Finished shards are kept; run again."
        )


onsuccess:
    logger.info(
        "\n".join(closing_lines(Path(RESULTS), STARTED)),
        extra={"ssimball": "closing"},
    )
