# $1 state directory; $2 configuration file; $3 seconds to wait; $4 the postmaster's former options; $5 the unit that was
# started for it, or empty. Starts the server, which must then be a standby; one that is not is stopped at once.
state=$1 config=$2 seconds=$3 options=$4 unit=${5-}
starting=
# The server must not keep the descriptor of the lock.
begin() { "$@" >&2 8>&- & starting=$!; }
is_standby() { [ "$(sql 'SELECT pg_is_in_recovery()' 2>/dev/null)" = t ]; }
running && is_standby && already
[ -f "$dir/$marker" ] || fail "$dir is not marked as a standby's"
if [ -n "$unit" ]; then # it may be of a kind that has started nothing yet when systemctl returns
  tries=0
  until running || [ "$tries" -ge 50 ]; do sleep 0.1; tries=$((tries + 1)); done
  running || fail "systemctl has started $unit, and no server runs in $dir: see the journal of $unit"
fi
mkdir -p -- "$state" || fail "cannot make $state"
rm -f -- "$state/rewind.began" "$state/swap.began" "$state/swapped" # from here on the control file tells all that a resumed run must know
log=$state/start.log
clear_stale_pid "$state"
case $config in
  /etc/postgresql/*/*/postgresql.conf)
    cluster=${config%/postgresql.conf}; name=${cluster##*/}; cluster=${cluster%/*}
    log=/var/log/postgresql/postgresql-${cluster##*/}-$name.log
    running || begin pg_ctlcluster --skip-systemctl-redirect "${cluster##*/}" "$name" start -- -w -t "$seconds";;
  *)
    # pg_ctl puts what it is given by -D and -l between double quotes into a shell command, where $() is run.
    cd "$state" && export PGDATA="$dir"
    running || begin "$bin/pg_ctl" start -w -t "$seconds" -l start.log ${options:+-o "$options"};;
esac
# pg_ctl looks ten times a second; whoever waits for it need not.
if [ -n "$starting" ]; then
  while kill -0 "$starting" 2>/dev/null && ! is_standby; do sleep 0.01; done
fi
tries=0 # a service manager may answer before the server does
while running && [ -z "$(sql 'SELECT pg_is_in_recovery()' 2>/dev/null)" ] && [ "$tries" -lt "$((seconds * 20))" ]; do
  sleep 0.05
  tries=$((tries + 1))
done
is_standby && exit 0
if running && [ "$(sql 'SELECT pg_is_in_recovery()' 2>/dev/null)" = f ]; then
  "$bin/pg_ctl" stop -D "$dir" -m fast -w >&2
  fail "the server came up as a primary and was stopped again"
fi
tail -n 5 "$log" >&2
fail "the server does not accept connections as a standby; its log is $log"
