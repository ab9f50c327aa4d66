# As root. On stdin what pgpool_seen.sh told. Starts pgpool as it was.
read -r how who cwd
[ "$how" = unit ] && exec systemctl start -- "$who"
read -r log; log=$(printf %s "$log" | base64 -d)
set --
while read -r word; do set -- "$@" "$(printf %s "$word" | base64 -d)"; done
[ $# -gt 0 ] || { echo "its command line is not known" >&2; exit 1; }
cd "$(printf %s "$cwd" | base64 -d)" || exit 1
run='log=$1; shift; exec "$@" </dev/null >>"$log" 2>&1'
exec runuser -u "$who" -- setsid --fork sh -c "$run" pypcp "$log" "$@"
