# Run by PostgreSQL on the primary, for `pypcp recover` and pcp_recovery_node, as the owner of the data:
#   recovery_1st_stage OWN-DATA NODE-HOST NODE-DATA OWN-PORT [NODE-ID NODE-PORT OWN-HOST]
# Makes the node's data anew from a base backup of this primary. Its old data is kept beside the new, until the next time.
set -eu
own_data=$1 node_host=$2 node_data=$3 port=$4
own_host=${7:-$(hostname -f)} # told from pgpool 4.3 on

for value in "$node_host" "$node_data" "$port" "$own_host"; do
  case $value in "" | -* | *[!A-Za-z0-9_+@:,=./-]*) echo "recovery_1st_stage: not usable: $value" >&2; exit 1;; esac
done
major=$(cat "$own_data/PG_VERSION")
conninfo="host=$own_host port=$port user=$replication_user application_name=$(application_name "$node_host")"

echo "recovery_1st_stage: base backup of $own_host for $node_data on $node_host" >&2
exec ssh -T -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 "$node_host" \
  sh -s -- "$node_data" "$major" "'$conninfo'" <<'SCRIPT'
set -eu
umask 077
data=$1 major=$2 conninfo=$3
fail() { echo "recovery_1st_stage: $1" >&2; exit 1; }
for bin in "/usr/lib/postgresql/$major/bin" "/usr/pgsql-$major/bin" ""; do
  [ -z "$bin" ] || [ -x "$bin/pg_basebackup" ] && break
done
PATH=${bin:+$bin:}$PATH LC_ALL=C
export PATH LC_ALL

[ -d "$data" ] && [ ! -L "$data" ] || fail "$data is no directory"
[ -z "$(ls -A "$data")" ] || [ -f "$data/PG_VERSION" ] || fail "$data holds something else than PostgreSQL's data"
[ -z "$(ls -A "$data/pg_tblspc" 2>/dev/null)" ] || fail "$data has tablespaces: pypcp rejoin --method basebackup"
if pg_ctl status -D "$data" >/dev/null 2>&1; then fail "PostgreSQL still runs in $data"; fi

new=$data.recovery-new old=$data.recovery-old
rm -rf -- "$new"
pg_basebackup -w -D "$new" -X stream -c fast -d "$conninfo"
if [ "${major%%.*}" -ge 12 ]; then
  printf "primary_conninfo = '%s'\n" "$conninfo" >>"$new/postgresql.auto.conf"
  : >"$new/standby.signal"
else
  printf "standby_mode = on\nprimary_conninfo = '%s'\nrecovery_target_timeline = latest\n" "$conninfo" >"$new/recovery.conf"
fi
for own in postgresql.conf pg_hba.conf pg_ident.conf; do # the node's own, where they are in its data
  if [ -f "$data/$own" ]; then cp -p -- "$data/$own" "$new/$own"; fi
done
sync
rm -rf -- "$old"
mv -T -- "$data" "$old"
mv -T -- "$new" "$data"
SCRIPT
