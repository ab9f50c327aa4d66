# Run by PostgreSQL on the primary after recovery_1st_stage, as the owner of the data:
#   pgpool_remote_start NODE-HOST NODE-DATA
set -eu
node_host=$1 node_data=$2

for value in "$node_host" "$node_data"; do
  case $value in "" | -* | *[!A-Za-z0-9_+@:,=./-]*) echo "pgpool_remote_start: not usable: $value" >&2; exit 1;; esac
done
exec ssh -T -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 "$node_host" \
  sh -s -- "$node_data" <<'SCRIPT'
set -eu
data=$1 major=$(cat "$1/PG_VERSION")
if command -v pg_lsclusters >/dev/null; then # Debian, where the configuration is elsewhere
  cluster=$(pg_lsclusters -h | awk -v data="$data" '$6 == data && !found { print $1, $2; found = 1 }')
  if [ -n "$cluster" ]; then exec pg_ctlcluster ${cluster% *} ${cluster#* } start; fi
fi
for bin in "/usr/lib/postgresql/$major/bin" "/usr/pgsql-$major/bin" ""; do
  [ -z "$bin" ] || [ -x "$bin/pg_ctl" ] && break
done
exec ${bin:+"$bin/"}pg_ctl start -w -D "$data" -l "$data/recovery-start.log" </dev/null >/dev/null
SCRIPT
