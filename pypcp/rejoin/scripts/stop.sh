# $1 state directory; $2 retention setting with its value; $3 seconds to wait. Stops the server, and keeps its WAL:
# the checkpoint of a plain stop may recycle the segments that a rewind needs.
state=$1 keep=$2 seconds=$3
auto=$dir/postgresql.auto.conf kept=$state/auto.conf.before-stop
give_back() { [ -f "$kept" ] && cp -p -- "$kept" "$auto.pypcp" && mv -- "$auto.pypcp" "$auto" && rm -f -- "$kept"; settle "$auto" "$dir"; }
running || { give_back; already; }
mkdir -p -- "$state" || fail "cannot make $state"
if [ ! -f "$kept" ]; then
  cp -p -- "$auto" "$kept.new" && mv -- "$kept.new" "$kept" || fail "cannot save $auto"
  echo "$keep" >>"$auto" && kill -HUP "$pid"
  sleep 0.2
fi
"$bin/pg_ctl" stop -D "$dir" -m fast -w -t "$seconds" >&2
running && fail "the server still runs (pid $pid)"
give_back
