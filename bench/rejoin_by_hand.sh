#!/bin/bash
# What an experienced operator keeps in a drawer: rejoin a former primary by pg_rewind, with nothing checked on the way.
# As few ssh connections as it takes, and polling as fast as pypcp does. Runs on pgpool's host.
#
#   rejoin_by_hand.sh TARGET SOURCE NODE_ID DATA BINDIR
set -euo pipefail
target=$1 source=$2 node=$3 data=$4 bin=$5
pcp="-w -h localhost -p 9898"

ssh -n -o BatchMode=yes "postgres@$source" psql -Xqc CHECKPOINT
ssh -o BatchMode=yes "postgres@$target" bash -s "$source" "$data" "$bin" <<'TARGET'
set -euo pipefail
source=$1 data=$2 bin=$3
saved=$(mktemp -d)
cp -a "$data"/{postgresql,pg_hba,pg_ident}.conf "$saved/"
"$bin/pg_rewind" --target-pgdata="$data" --source-server="host=$source user=postgres dbname=postgres" >/dev/null 2>&1
cp -a "$saved/." "$data/"
echo "primary_conninfo = 'host=$source user=repl passfile=/var/lib/postgresql/.pgpass application_name=ser'" >>"$data/postgresql.auto.conf"
touch "$data/standby.signal"
"$bin/pg_ctl" start -D "$data" -w -l /var/log/postgresql/by-hand.log >/dev/null
TARGET
ssh -o BatchMode=yes "postgres@$source" bash -s <<'SOURCE'
end=$(psql -XAtqc 'SELECT pg_current_wal_lsn()')
until [ "$(psql -XAtqc "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND replay_lsn >= '$end'")" = 1 ]; do sleep 0.05; done
SOURCE
pcp_attach_node $pcp -n "$node" >/dev/null
until pcp_node_info $pcp -n "$node" | grep -qE ' (up|waiting) '; do sleep 0.05; done
