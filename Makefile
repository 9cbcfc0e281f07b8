# Every target first creates .venv and installs the pinned packages if need be (7 GB). That takes
# Python 3.11 and a package index.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
SNAKEMAKE := $(BIN)/snakemake --profile profiles/default
# Whatever the session is: text is UTF-8 in any locale, and figures are drawn to files.
export PYTHONUTF8 := 1
export MPLBACKEND := agg
# Each of many processes would compile the modules anew.
unexport PYTHONDONTWRITEBYTECODE
# It names the library of one Python, and keeps any other from starting.
unexport PYTHONHOME

# The run on photographs of the README: DATA is a folder with labels.csv and
# mobilenet_v2_tf.safetensors.
DATA ?= photographs
RUN ?= photographs
IMAGES ?= all

# A text as one word of the shell, and as YAML in double quotes: folders may be named O'Brien.
quoted = '$(subst ','\'',$(1))'
yaml = "$(subst ",\",$(subst \,\\,$(1)))"
# Settings as Snakemake's --config takes them.
run_named = $(call quoted,run=$(1))
images_of = $(call quoted,subset={images: $(1)})
manifest_at = $(call quoted,dataset={manifest: {path: $(call yaml,$(1))}})
weights_at = $(call quoted,model={weights: $(call yaml,$(1))})

.PHONY: demo scenes test test-adapters test-looks photographs comparison study confirm networks quotes audit compare \
  crate report reruns why pilot forecast plan docs benchmark fuzz lint format config formats glossary lock demo-model \
  robust-model robust robust-cifar robust-page setup compiled usable

# The 20 photographs and the network that come with two of the pinned packages.
demo: compiled
	@$(SNAKEMAKE) --configfile config/demo.yaml

# Generated scenes with exact object masks, and all controls: the run of config.yaml as it is.
scenes: compiled
	@$(SNAKEMAKE)

test: compiled
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist worksteal

# The tests inside the libraries that the attack is offered to, and what else only tests need.
OTHERS := build/other_libraries
test-adapters: $(OTHERS)/ready
	PYTHONPATH=$(CURDIR)/$(OTHERS) $(BIN)/pytest tests/adapters

# The explorer of the run SSIMBALL_RUN in Chromium and Firefox, at three widths, light and dark; with
# SSIMBALL_SCREENSHOTS=FOLDER it keeps pictures.
test-looks: $(OTHERS)/ready
	PYTHONPATH=$(CURDIR)/$(OTHERS) $(BIN)/pytest -m looks tests/report

$(OTHERS)/ready: envs/other_libraries.txt $(READY)
	rm -rf $(OTHERS)
	sh envs/pip_install.sh $(VENV) --no-deps --require-hashes --target $(OTHERS) -r envs/other_libraries.txt
	@touch $@

# Further configuration overlays; they override those of the data set.
OVERLAYS ?=
photographs: compiled
	$(foreach file,$(OVERLAYS),$(if $(wildcard $(file)),,$(error OVERLAYS: there is no file $(file))))
	$(SNAKEMAKE) --configfile config/manifest.yaml config/networks/mobilenet_v2_tf.yaml $(OVERLAYS) \
	  --config $(call run_named,$(RUN)) $(call images_of,$(IMAGES)) \
	  $(call manifest_at,$(DATA)/labels.csv) $(call weights_at,$(DATA)/mobilenet_v2_tf.safetensors)

# Matched comparison of all attacks and controls; the expensive ones on the first SLOW_IMAGES images.
SLOW_IMAGES ?= 8
comparison:
	$(MAKE) photographs RUN=every_attack OVERLAYS=config/every_attack.yaml
	$(MAKE) photographs RUN=slow_attacks OVERLAYS=config/slow_attacks.yaml IMAGES=$(SLOW_IMAGES)
	cat results/every_attack/comparison.md results/slow_attacks/comparison.md

# The study, and a page of its tables and figures without the photographs. PAGE=docs/study makes the
# page of this project: with the numbers of an earlier pilot, and the answer quoted in README.md.
PAGE ?= results/study/page
STUDY_PAGE = $(BIN)/python -P -m ssimball.report.study_page.page results/study $(PAGE) \
  --title 'The study on photographs' --command 'make study DATA=path/to/folder'
study:
	$(MAKE) photographs RUN=study OVERLAYS=config/study.yaml
ifeq ($(PAGE),docs/study)
	$(BIN)/python benchmarks/region_noise.py results/study $(PAGE)/region_noise_variants.parquet
	$(STUDY_PAGE) --pilot $(PAGE)/pilot.yaml
	$(BIN)/python -P -m ssimball.report.study_page.quote README.md $(PAGE)/answer.json
else
	$(STUDY_PAGE)
endif

# The confirmation of docs/confirmation.md on photographs that no choice has seen. DATA holds labels.csv
# or one folder per class of ImageNet; WEIGHTS is the network's file.
WEIGHTS ?= $(DATA)/mobilenet_v2_tf.safetensors
OF_FOLDERS := results/confirmation.csv
LABELS = $(if $(shell test -f $(call quoted,$(DATA)/labels.csv) && echo 1),$(DATA)/labels.csv,$(OF_FOLDERS))
confirm: compiled
	$(if $(filter-out $(OF_FOLDERS),$(LABELS)),,$(BIN)/ssimball manifest --output $(OF_FOLDERS) -- $(call quoted,$(DATA)))
	$(SNAKEMAKE) --configfile config/manifest.yaml config/confirmation.yaml \
	  --config $(call manifest_at,$(LABELS)) $(call weights_at,$(WEIGHTS))
	$(BIN)/ssimball confirm results/confirmation config/confirmation.yaml

# The study across networks: a run for each network of config/networks whose weights are found, then
# their comparison. DATA holds labels.csv; WEIGHTS names folders with files of weights, as in PATH; ONLY
# chooses networks by name. PAGE is the folder of the page; docs/study/networks is that of this project.
ONLY ?=
networks: PAGE = results/networks
networks: WEIGHTS = $(DATA)
networks: compiled
	mkdir -p build
	$(BIN)/python -P -m ssimball.pipeline.network_weights $(call quoted,$(WEIGHTS)) $(ONLY) > build/networks.txt
	while read -r name weights; do \
	  $(SNAKEMAKE) --configfile config/manifest.yaml config/networks/$$name.yaml \
	    config/study_networks.yaml $(OVERLAYS) \
	    --config run=network_$$name $(call images_of,$(IMAGES)) \
	    $(call manifest_at,$(DATA)/labels.csv) "model={weights: $$weights}" \
	    < /dev/null || exit 1; \
	done < build/networks.txt
	$(BIN)/ssimball networks --as-configured $$(sed 's/ .*//; s/^/results\/network_/' build/networks.txt) \
	  --output $(PAGE)

# Quotes the answer of the demo in the pages that show it.
quotes: $(READY)
	for page in docs/answer.md docs/tutorial.md; do \
	  $(BIN)/python -P -m ssimball.report.study_page.quote $$page results/demo/answer.json || exit 1; \
	done

# Derives what a run stores again and compares: make audit RUN=demo; see docs/audit.md.
AUDIT ?=
audit: $(READY)
	$(BIN)/ssimball audit results/$(RUN) $(AUDIT)

# Compares two runs, table by table: make compare A=results/demo B=elsewhere/demo; see
# docs/reproducibility.md.
A ?= results/demo
B ?=
COMPARE ?=
compare: $(READY)
	$(BIN)/ssimball compare $(A) $(B) $(COMPARE)

# Describes a run as an RO-Crate, with the licences of its photographs: make crate RUN=demo; see
# docs/crate.md.
CRATE ?=
crate: $(READY)
	$(BIN)/ssimball crate results/$(RUN) $(CRATE)

# Snakemake's report, one page with the figures and tables of a run, with the ARGUMENTS of the run:
# make report ARGUMENTS='--configfile config/demo.yaml'; without them, of the scenes.
REPORT ?= build/report.html
report: $(READY)
	mkdir -p $(dir $(REPORT))
	$(SNAKEMAKE) $(ARGUMENTS) --report $(REPORT)

# Says what would run again and why: make reruns TARGET=overlap ARGUMENTS='--config seed=1'
TARGET ?=
ARGUMENTS ?=
reruns: $(READY)
	@$(BIN)/ssimball reruns $(TARGET) $(ARGUMENTS)

# The former names, for one version.
why: reruns
plan: forecast

# Forecasts time, memory and storage of a run from two small pilot runs. It takes two, since a single
# run has only one job on all images, which cannot separate a start from the cost per image. With 24
# images, the share that is classified correctly, and so attacked, is known to about a tenth.
# make forecast PILOT=results/demo_pilot ARGUMENTS='--configfile config/study.yaml'
PILOT ?= results/pilot
PILOT_RUN = $(SNAKEMAKE) $(ARGUMENTS) --config run=$(1) 'subset={images: $(2)}' 'execution={shard_size: 16}' $(SETTINGS)
pilot: $(READY)
	$(call PILOT_RUN,$(notdir $(PILOT)),24)
	$(call PILOT_RUN,$(notdir $(PILOT))_few,6)

forecast: $(READY)
	@$(BIN)/ssimball forecast $(PILOT) --also $(PILOT)_few $(ARGUMENTS) $(if $(SETTINGS),--config $(SETTINGS))

# Builds the documentation as a site that opens from disk. Broken links, anchors or formulas fail.
docs: $(READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

setup: compiled

# Compiles the solver, once a machine, so that no job and no test has to.
compiled: $(READY)
	@$(BIN)/ssimball compile

# Installed again when the lock changes.
$(READY): envs/requirements.lock pyproject.toml | usable
	@sh envs/setup.sh $(VENV) $(PYTHON)

# Whether .venv lies where it was made, and its Python is still there.
usable:
	@sh envs/setup.sh $(VENV) --check

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow/rules

# Generated files. A test fails if one of them differs from its source.
config: $(READY)
	$(BIN)/python -P -m ssimball.config.generate .

formats: $(READY)
	$(BIN)/python -P -m ssimball.storage.contracts.page > docs/formats.md

glossary: $(READY)
	$(BIN)/python -P -m ssimball.report.glossary > docs/glossary.md

# uv resolves for all platforms and writes no index address into the lock.
lock:
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	  --no-emit-index-url --no-header envs/requirements.in -o envs/requirements.lock
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-deps \
	  --no-emit-index-url --no-header envs/other_libraries.in -o envs/other_libraries.txt
	$(MAKE) setup
	$(BIN)/python -P -m ssimball.cli.doctor.lock envs/requirements.lock > envs/ssimball.yaml

# Measures ratios side by side; run nothing else on the machine meanwhile.
benchmark: $(OTHERS)/ready
	$(BIN)/python benchmarks/solver.py
	$(BIN)/python benchmarks/convergence.py
	$(BIN)/python benchmarks/conic.py
	$(BIN)/python benchmarks/certificates.py
	$(BIN)/python benchmarks/attacks.py
	PYTHONPATH=$(OTHERS) $(BIN)/python benchmarks/peers.py
	PYTHONPATH=$(OTHERS) $(BIN)/python benchmarks/ssim_packages.py
	$(BIN)/python benchmarks/stages.py
	$(BIN)/python benchmarks/coverage.py
	$(BIN)/python benchmarks/planning.py
	$(BIN)/python benchmarks/scale.py
	$(BIN)/python benchmarks/faults.py
	test -z "$$SSIMBALL_SAMPLE" || $(BIN)/python benchmarks/sample_run.py
	$(SNAKEMAKE)
	$(BIN)/python benchmarks/tampering.py

# Gives random and damaged files to the readers of stored files, for some minutes; docs/security.md.
fuzz: $(READY)
	HYPOTHESIS_PROFILE=fuzz $(BIN)/pytest -q -n 2 tests/security/test_fuzz.py

# Trains the classifier of the scenes and copies it into the package.
demo-model: $(READY)
	$(SNAKEMAKE) train_demo_model
	cp results/demo_model/demo_model.safetensors results/demo_model/demo_model.json src/ssimball/models/

# Trains it again on PGD examples and copies it into the package: docs/robust.md.
robust-model: $(READY)
	$(SNAKEMAKE) train_robust_model
	cp results/robust_model/demo_robust.safetensors results/robust_model/demo_robust.json src/ssimball/models/

# A robust network beside the ordinary one, on scenes; then robust networks for CIFAR-10, whose files
# lie in CIFAR; then tables and figure of docs/robust.md. See there.
ROBUST_IMAGES ?= 60
ROBUST_SMALLEST ?= 30
ROBUST_RUN = $(SNAKEMAKE) --config run=$(1) 'subset={images: $(2)}' --configfile config/robust/scenes.yaml
robust: compiled
	$(call ROBUST_RUN,robust_scenes_ordinary,$(ROBUST_IMAGES))
	$(call ROBUST_RUN,robust_scenes,$(ROBUST_IMAGES)) config/robust/demo_robust.yaml
	$(call ROBUST_RUN,robust_smallest_ordinary,$(ROBUST_SMALLEST)) config/robust/smallest.yaml
	$(call ROBUST_RUN,robust_smallest,$(ROBUST_SMALLEST)) config/robust/smallest.yaml \
	  config/robust/demo_robust.yaml

CIFAR ?= cifar_robust
CIFAR_IMAGES ?= all
CIFAR_NETWORKS ?= cifar_small_8px cifar_small_36px_l2 cifar_cnn_a_adv cifar_wide
robust-cifar: compiled
	$(BIN)/python benchmarks/cifar_robust.py $(CIFAR) build/cifar
	set -e; for network in $(CIFAR_NETWORKS); do \
	  $(SNAKEMAKE) --configfile config/robust/cifar.yaml config/robust/$$network.yaml \
	    --config run=robust_$$network 'subset={images: $(CIFAR_IMAGES)}' \
	    'dataset={manifest: {path: build/cifar/labels.csv}}' \
	    "model={weights: build/cifar/$$network.safetensors}"; \
	done

robust-page: $(READY)
	$(BIN)/python benchmarks/robust.py results docs/study/robust docs/robust.md
