#!/bin/sh
# Installs packages by the pip of a virtual environment: envs/pip_install.sh VENV OPTIONS...
set -eu
python=$1/bin/python
shift
# The user's settings of pip that say where packages come from hold, such as an index or a proxy. Those
# that say where they go, or which they are, do not. They may also come from pip.conf, so those with a
# harmless value get it. A package on PYTHONPATH would count as installed.
unset PYTHONPATH PYTHONHOME PIP_TARGET PIP_PREFIX PIP_ROOT PIP_PYTHON PIP_REQUIREMENT PIP_EDITABLE
export PIP_USER=0 PIP_DRY_RUN=0 PIP_REQUIRE_HASHES=0 PIP_CONSTRAINT=/dev/null PIP_NO_BINARY=:none:
elsewhere=$("$python" -P -m pip config list 2>/dev/null | grep -E '^[a-z]+\.(target|prefix|root)=' | head -n 1) || true
if [ -n "$elsewhere" ]; then
  echo "pip.conf: $elsewhere would put the packages elsewhere; remove it from the file that pip config debug names" >&2
  exit 2
fi
exec "$python" -P -m pip install --quiet --disable-pip-version-check "$@"
