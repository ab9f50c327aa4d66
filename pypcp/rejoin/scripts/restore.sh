# $1 state directory; $2 "slots" where a rewind leaves replication slots behind. A rewind brings the source's
# configuration over: the node's own comes back.
state=$1 slots=$2
[ -f "$state/saved/COMPLETE" ] || fail "nothing was saved in $state/saved"
wait_for "$state/rewind.lock"
running && fail "the server runs"
cp -a -- "$state/saved/data/." "$dir/" || fail "cannot copy $state/saved/data back"
for name in recovery.conf recovery.done; do
  [ "$name" = "$marker" ] || [ -e "$state/saved/data/$name" ] || rm -f -- "$dir/$name"
done
# Nobody uses these any more, and each would keep WAL for ever.
[ "$slots" != slots ] || find "$dir/pg_replslot" -mindepth 1 -delete || fail "cannot empty $dir/pg_replslot"
find "$state/saved/data" ! -type l -printf "%P\0" | (cd "$dir" && xargs -0 sync --) 2>/dev/null || sync
settle "$dir"
