# $1 name of the file that says whom to follow; on stdin the whole of it. Makes the directory a standby's of the source.
file=$dir/$1
running && fail "the server runs"
unset_for_a_stop "$auto" || fail "cannot change $auto"
umask 077
cat >"$file.pypcp" || fail "cannot write $file.pypcp"
[ -s "$file.pypcp" ] || fail "no configuration arrived"
unset_for_a_stop "$file.pypcp" || fail "cannot change $file.pypcp"
if cmp -s "$file.pypcp" "$file" && [ -f "$dir/$marker" ] && [ ! -e "$dir/recovery.signal" ]; then
  rm -f -- "$file.pypcp"
  already
fi
mark || fail "cannot mark $dir as a standby's"
settle "$file.pypcp"
mv -- "$file.pypcp" "$file" && settle "$dir"
[ "$marker" = "$1" ] && rm -f -- "$dir/recovery.done" # it has become the file
exit 0
