#!/usr/bin/env bash
# Follows docs/installation.md with what is installed of docker, apptainer and conda: makes each
# environment, runs six images of the demo in it, and compares the tables with those of .venv. Not part
# of .ci/run: it takes an hour, 50 GB, and registries of packages and images.
set -euo pipefail
cd "$(dirname "$0")/.."

# six_images RUN COMMAND...: a small run by a command that starts Snakemake.
six_images() {
  local run=$1
  shift
  "$@" --profile profiles/default --configfile config/demo.yaml --config 'subset={images: 6}' "run=$run"
  [ "$run" = in_venv ] || .venv/bin/ssimball compare results/in_venv "results/$run"
}

six_images in_venv .venv/bin/snakemake

if command -v docker; then
  docker build --file envs/Dockerfile --tag ssimball .
  six_images in_docker docker run --rm --read-only --user "$(id -u):$(id -g)" --volume "$PWD:/ssimball" ssimball \
    snakemake
fi

if command -v apptainer; then
  apptainer build --force ssimball.sif envs/apptainer.def
  six_images in_apptainer apptainer exec --bind "$PWD:/ssimball" --cwd /ssimball ssimball.sif snakemake
fi

if command -v conda; then
  six_images in_conda .venv/bin/snakemake --software-deployment-method conda
  # A checkout of its own, whose .venv is made by conda.
  rm -rf build/conda
  git clone --quiet . build/conda
  cd build/conda
  conda create --yes --prefix .venv --channel conda-forge python=3.11 pip
  make setup PYTHON=.venv/bin/python
  .venv/bin/ssimball doctor
fi
