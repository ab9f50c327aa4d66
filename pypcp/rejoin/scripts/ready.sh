# $1 state directory. Before a service manager starts the server, which has its owner's rights, but is not the owner.
state=$1
running && already
[ -f "$dir/$marker" ] || fail "$dir is not marked as a standby's"
rm -f -- "$state/rewind.began" "$state/swap.began" "$state/swapped" # as start.sh, and for its reason
clear_stale_pid "$state"
