# $1 state directory; $2 first WAL segment to save (24 hex digits); then timeline, begin and end of each stretch of WAL that
# only this node has. What a rewind replaces or removes is copied, and its transactions are listed to be read. On stdin:
# which tables they changed, a line each.
state=$1 first=$2; shift 2
if [ -f "$state/rewind.began" ]; then
  [ -f "$state/saved/COMPLETE" ] && already # never overwritten once a rewind has begun
  fail "a rewind began without a complete saved set in $state"
fi
running && fail "the server runs"
if [ -f "$state/saved/USED" ]; then # by a run that was ended before it put them aside
  mv -- "$state/saved" "$state/saved-$(tr -d ':' <"$state/saved/COMPLETE")" || fail "cannot rename $state/saved"
fi
rm -rf -- "$state/saved"
mkdir -p -- "$state/saved/data" "$state/saved/pg_wal" || fail "cannot make $state/saved"
copy_own_files "$dir" "$state/saved/data"
cp -a -- "$dir/global/pg_control" "$state/saved/pg_control" || fail "cannot save pg_control"
wanted=$(printf %s "$first" | cut -c 9-)
for path in "$dir"/pg_wal/*; do
  name=${path##*/}
  case $name in
    *.history) ;;
    *) [ ${#name} = 24 ] || continue
       [ "$(printf '%s\n%s\n' "$wanted" "$(printf %s "$name" | cut -c 9-)" | sort | head -n 1)" = "$wanted" ] || continue;;
  esac
  cp -a -- "$path" "$state/saved/pg_wal/" || fail "cannot save $path"
done
while [ $# -ge 3 ]; do
  "$bin/pg_waldump" -p "$dir/pg_wal" -t "$1" -s "$2" -e "$3" -r Transaction 2>/dev/null >>"$state/saved/transactions.txt"
  shift 3
done
cat >"$state/saved/relations.txt" || fail "cannot write $state/saved/relations.txt"
find "$state/saved" ! -type l -exec sync -- {} + 2>/dev/null || sync
date -u +%Y-%m-%dT%H:%M:%SZ >"$state/saved/COMPLETE" && settle "$state/saved/COMPLETE" "$state/saved"
