#!/usr/bin/env bash
# Starts a SLURM cluster for tests, or what of it does not run: the controller on this machine, and
# three nodes in network namespaces of their own, with accounting in a database of its own. All share
# this machine's files. Needs Debian and root, and installs packages. No daemon survives a restart of
# the machine.
set -euo pipefail

state=/var/lib/slurm-test
nodes=(node1 node2 node3)
network=10.77.0
bridge=slurm-test
database=$state/database
database_port=13306
if [ -s /etc/slurm/slurm.conf ] && ! grep -q "$state" /etc/slurm/slurm.conf; then
  echo "/etc/slurm/slurm.conf belongs to a real cluster; run these tests on another machine" >&2
  exit 1
fi

if ! type slurmctld slurmdbd mariadbd munged ip >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends \
    slurm-wlm slurmdbd mariadb-server munge iproute2 >/dev/null
fi

mkdir -p "$state/ctld" /run/munge /etc/slurm
chown munge: /run/munge
[ -s /etc/munge/munge.key ] || {
  dd if=/dev/urandom of=/etc/munge/munge.key bs=1024 count=1 status=none
  chown munge: /etc/munge/munge.key
  chmod 400 /etc/munge/munge.key
}
pgrep -x munged >/dev/null || runuser -u munge -- munged

ip link show "$bridge" >/dev/null 2>&1 || {
  ip link add "$bridge" type bridge
  ip address add "$network.1/24" dev "$bridge"
  ip link set "$bridge" up
}

[ -d "$database" ] ||
  mariadb-install-db --no-defaults --user=mysql --datadir="$database" --skip-test-db >/dev/null
pgrep -f "mariadbd.*$database" >/dev/null ||
  setsid mariadbd --no-defaults --user=mysql --datadir="$database" --socket="$database/socket" \
    --bind-address=127.0.0.1 --port="$database_port" </dev/null >"$state/mariadbd.log" 2>&1 &
sql() { mariadb --no-defaults --socket="$database/socket" "$@" 2>/dev/null; }
for _ in $(seq 60); do sql --execute="SELECT 1" >/dev/null && break || sleep 1; done
sql --execute="CREATE USER IF NOT EXISTS slurm@localhost IDENTIFIED BY 'slurm';
  GRANT ALL ON slurm.* TO slurm@localhost"

cat >/etc/slurm/slurmdbd.conf <<CONF
DbdHost=localhost
SlurmUser=root
AuthType=auth/munge
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=$database_port
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm
PidFile=$state/slurmdbd.pid
LogFile=$state/slurmdbd.log
CONF
chmod 600 /etc/slurm/slurmdbd.conf
pgrep -x slurmdbd >/dev/null || slurmdbd

# No control groups, which a test machine may not support. squeue can report the status of jobs, as on
# a cluster without accounting: finished jobs stay listed for an hour. A job over its memory is found by
# asking every second. One that is lost with its node fails: SLURM itself would wait two minutes to
# repeat it.
new=$(mktemp)
cat >"$new" <<CONF
ClusterName=test
SlurmctldHost=$(hostname -s)($network.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
StateSaveLocation=$state/ctld
SlurmdSpoolDir=$state/%n
SlurmctldPidFile=$state/slurmctld.pid
SlurmdPidFile=$state/%n.pid
SlurmctldLogFile=$state/slurmctld.log
SlurmdLogFile=$state/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=localhost
AccountingStorageEnforce=limits
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
ReturnToService=2
MinJobAge=3600
SlurmdTimeout=10
KillWait=2
JobRequeue=0
CONF
number=1
for node in "${nodes[@]}"; do
  number=$((number + 1))
  echo "NodeName=$node NodeAddr=$network.$number CPUs=1 RealMemory=16000 State=UNKNOWN" >>"$new"
done
echo "PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP" >>"$new"
# Of another version of this script: its daemons know other nodes, its nodes jobs of the same numbers.
if ! cmp -s "$new" /etc/slurm/slurm.conf; then
  for daemon in slurmctld slurmd slurmstepd; do pkill -KILL -x "$daemon" || true; done
  sleep 1
  rm -rf "$state"/{ctld,node?}
  mkdir "$state/ctld"
  cp "$new" /etc/slurm/slurm.conf
fi
rm "$new"

# The cluster, an account and its user, who submits the jobs; of those that are there, nothing is changed.
for _ in $(seq 60); do sacctmgr --noheader show cluster >/dev/null 2>&1 && break || sleep 1; done
for entity in "cluster test" "account lab" "user $(id -un) account=lab"; do
  # shellcheck disable=SC2086 # words of a command
  sacctmgr --immediate add $entity >/dev/null || true
done

number=1
for node in "${nodes[@]}"; do
  number=$((number + 1))
  mkdir -p "$state/$node"
  ip netns list | grep -qw "$node" || {
    ip netns add "$node"
    ip link add "$node" type veth peer name eth0 netns "$node"
    ip link set "$node" master "$bridge" up
    ip -n "$node" address add "$network.$number/24" dev eth0
    ip -n "$node" link set eth0 up
    ip -n "$node" link set lo up
  }
done

start_daemons() {
  pgrep -x slurmctld >/dev/null || slurmctld
  for node in "${nodes[@]}"; do
    # Not by ip netns exec, which would hide /sys/fs/cgroup.
    ip netns pids "$node" | xargs -r ps -o comm= -p | grep -qx slurmd ||
      nsenter --net="/run/netns/$node" unshare --uts sh -c 'hostname "$1" && exec slurmd' sh "$node"
  done
}

# More than once: what was just killed may still be listed.
for _ in $(seq 60); do
  start_daemons
  if [ "$(timeout 5 sinfo --noheader --Node --format=%T 2>/dev/null | grep -cE '^(idle|mixed|allocated)$')" = 3 ]; then
    sinfo
    exit 0
  fi
  sleep 1
done
sinfo || true
echo "the SLURM nodes did not come up; see $state/*.log" >&2
exit 1
