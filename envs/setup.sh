#!/bin/sh
# Makes a virtual environment with the packages of the lock: envs/setup.sh VENV PYTHON...
# With --check in place of PYTHON, it only says whether one that was made can be used.
set -eu
venv=$1
shift
ready=$venv/ready
unset PYTHONPATH PYTHONHOME

fail() {
  echo "$1" >&2
  exit 2
}

# Its commands name the folder it was made in. As a copy, they would run that one, and install into it.
if [ "${1-}" = --check ]; then
  [ -e "$ready" ] || exit 0
  made=$(cat "$ready")
  [ -z "$made" ] || [ "$made" -ef "$venv" ] ||
    fail "$venv: made as $made, and does not work in another place; remove $venv, and run make again"
  [ -x "$venv/bin/python" ] ||
    fail "$venv: its Python, $(readlink -m "$venv/bin/python"), is gone; remove $venv, and run make again"
  exit 0
fi

is_new_enough() {
  "$@" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

is_new_enough "$@" ||
  fail "PYTHON: $* is no Python of version 3.11 or newer; name one, make PYTHON=/path/to/python3.11, or use conda (docs/installation.md)"
echo "Setting up $venv: about $(grep -c '==' envs/requirements.lock) pinned packages, 7 GB on disk; takes minutes, most of them for downloads."

# One at a time, also if two terminals start. File systems without locks go without.
exec 9>>envs/requirements.lock
flock 9 2>/dev/null || true
if [ -e "$ready" ] && ! [ envs/requirements.lock -nt "$ready" ] && ! [ pyproject.toml -nt "$ready" ]; then
  exit 0
fi

# An interruption leaves an environment without Python or pip, or a package that pip takes for installed
# and whose commands are missing: INSTALLER is written after them.
if ! [ -x "$venv/bin/python" ]; then
  rm -f "$venv"/bin/python*
  "$@" -m venv "$venv"
fi
# An editor may have made it.
is_new_enough "$venv/bin/python" ||
  fail "$venv: made by a Python older than 3.11; remove $venv, and run make again"
"$venv/bin/python" -P -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -P -m ensurepip --default-pip >/dev/null 2>&1 ||
  fail "$venv: its Python has no pip and no ensurepip; install these (Debian, Ubuntu: apt install python3.11-venv), and run make again"
for package in "$venv"/lib/python3.*/site-packages/*.dist-info; do
  [ -e "$package/INSTALLER" ] || rm -rf "$package"
done

start=$(date +%s)
sh envs/pip_install.sh "$venv" --require-hashes -r envs/requirements.lock
sh envs/pip_install.sh "$venv" --no-deps --no-build-isolation -e .
echo "Packages are installed: $(du -sh "$venv" | cut -f1) in $((($(date +%s) - start + 59) / 60)) min."
# Last, so that an interrupted installation does not count as complete.
(cd "$venv" && pwd -P) >"$ready"
