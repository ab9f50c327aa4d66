# $1 state directory; $2 "slots" where a rewind leaves replication slots behind; $3 the WAL segment of the fork, without its
# timeline, or empty. A rewind brings the source's configuration over: the node's own comes back.
state=$1 slots=$2 fork=$3
[ -f "$state/saved/COMPLETE" ] || fail "nothing was saved in $state/saved"
wait_for "$state/rewind.lock"
running && fail "the server runs"
cp -a -- "$state/saved/data/." "$dir/" || fail "cannot copy $state/saved/data back"
for name in recovery.conf recovery.done; do
  [ "$name" = "$marker" ] || [ -e "$state/saved/data/$name" ] || rm -f -- "$dir/$name"
done
# So does what an older pg_rewind has removed of the WAL that both had: the source may have that no more.
for path in "$state/saved/pg_wal"/*; do
  name=${path##*/}; name=${name#????????}
  [ -n "$fork" ] && [ ${#name} = 16 ] && [ ! -e "$dir/pg_wal/${path##*/}" ] || continue
  [ "$(printf '%s\n%s\n' "$fork" "$name" | sort | head -n 1)" = "$fork" ] ||
    cp -a -- "$path" "$dir/pg_wal/" || fail "cannot copy $path back"
done
# Nobody uses these any more, and each would keep WAL for ever.
[ "$slots" != slots ] || find "$dir/pg_replslot" -mindepth 1 -delete || fail "cannot empty $dir/pg_replslot"
find "$state/saved/data" ! -type l -printf "%P\0" | (cd "$dir" && xargs -0 sync --) 2>/dev/null || sync
settle "$dir" "$dir/pg_wal"
