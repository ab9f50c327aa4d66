# As root. $1 state directory; $2 the service manager's unit of this server, as which it is started.
state=$1 unit=$2
running && already
rm -f -- "$state/rewind.began" "$state/swap.began" "$state/swapped" # as start.sh, and for its reason
systemctl start -- "$unit" || fail "systemctl could not start $unit"
