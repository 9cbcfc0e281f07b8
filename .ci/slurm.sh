#!/usr/bin/env bash
# Starts, or restarts, a SLURM cluster for tests with this machine as its only node. Needs Debian and
# root, and installs packages. No daemon survives a restart of the machine.
set -euo pipefail

state=/var/lib/slurm-test
if [ -s /etc/slurm/slurm.conf ] && ! grep -q "$state" /etc/slurm/slurm.conf; then
  echo "/etc/slurm/slurm.conf belongs to a real cluster; run these tests on another machine" >&2
  exit 1
fi

if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends slurm-wlm munge >/dev/null
fi

mkdir -p "$state/ctld" "$state/d" /run/munge /etc/slurm
chown munge: /run/munge

[ -s /etc/munge/munge.key ] || {
  dd if=/dev/urandom of=/etc/munge/munge.key bs=1024 count=1 status=none
  chown munge: /etc/munge/munge.key
  chmod 400 /etc/munge/munge.key
}
pgrep -x munged >/dev/null || runuser -u munge -- munged

host=$(hostname -s)
memory=$(awk '/MemTotal/ {print int($2 / 1024 * 0.9)}' /proc/meminfo)
# No control groups and no accounting, which a test machine may not support. squeue alone reports the
# status of jobs, so finished jobs stay listed for an hour.
cat >/etc/slurm/slurm.conf <<CONF
ClusterName=test
SlurmctldHost=$host
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
StateSaveLocation=$state/ctld
SlurmdSpoolDir=$state/d
SlurmctldPidFile=$state/slurmctld.pid
SlurmdPidFile=$state/slurmd.pid
SlurmctldLogFile=$state/slurmctld.log
SlurmdLogFile=$state/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
ReturnToService=2
MinJobAge=3600
SlurmdTimeout=30
NodeName=$host CPUs=$(nproc) RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF

pgrep -x slurmctld >/dev/null || slurmctld
pgrep -x slurmd >/dev/null || slurmd
for _ in $(seq 60); do
  if sinfo --noheader --format=%T 2>/dev/null | grep -qE 'idle|mixed|allocated'; then
    sinfo
    exit 0
  fi
  sleep 1
done
echo "the SLURM node did not come up; see $state/*.log" >&2
exit 1
