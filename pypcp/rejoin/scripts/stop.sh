# $1 retention setting with its value; $2 seconds to wait. Stops the server, and keeps its WAL:
# the checkpoint of a plain stop may recycle the segments that a rewind needs.
keep=$1 seconds=$2
running || { unset_for_a_stop "$auto"; already; }
set_for_a_stop "$keep" && kill -HUP "$pid" || fail "cannot change $auto"
sleep 0.2 # until its processes have read that
"$bin/pg_ctl" stop -D "$dir" -m fast -w -t "$seconds" >&2
running && fail "the server still runs (pid $pid)"
unset_for_a_stop "$auto"
