# As whoever we are on that host: a rule of sudo for this one command is enough. $1 the service manager's unit of this
# server; the rest runs asked.sh as the owner of the data directory. At work beside stop.sh, which says when it is safe.
unit=$1; shift
"$@" wait || fail "$unit was not stopped: that was not asked for"
if [ "$(id -u)" = 0 ]; then systemctl stop "$unit"; else sudo -n systemctl stop "$unit"; fi >&2 && exit 0
"$@" refuse
fail "systemctl could not stop $unit"
