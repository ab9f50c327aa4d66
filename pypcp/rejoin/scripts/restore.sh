# $1 state directory. A rewind brings the source's configuration over: the node's own comes back.
state=$1
[ -f "$state/saved/COMPLETE" ] || fail "nothing was saved in $state/saved"
wait_for "$state/rewind.lock"
running && fail "the server runs"
cp -a -- "$state/saved/data/." "$dir/" || fail "cannot copy $state/saved/data back"
for name in recovery.conf recovery.done; do
  [ "$name" = "$marker" ] || [ -e "$state/saved/data/$name" ] || rm -f -- "$dir/$name"
done
find "$state/saved/data" ! -type l -printf "%P\0" | (cd "$dir" && xargs -0 sync --) 2>/dev/null || sync
settle "$dir"
