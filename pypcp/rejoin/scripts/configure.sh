# On stdin: the whole postgresql.auto.conf. Makes the directory a standby's of the source.
auto=$dir/postgresql.auto.conf
running && fail "the server runs"
umask 077
cat >"$auto.pypcp" || fail "cannot write $auto.pypcp"
[ -s "$auto.pypcp" ] || fail "no configuration arrived"
if cmp -s "$auto.pypcp" "$auto" && [ -f "$dir/standby.signal" ] && [ ! -e "$dir/recovery.signal" ]; then
  rm -f -- "$auto.pypcp"
  already
fi
: >"$dir/standby.signal" && rm -f -- "$dir/recovery.signal" || fail "cannot mark $dir as a standby's"
settle "$auto.pypcp" "$dir/standby.signal" "$dir"
mv -- "$auto.pypcp" "$auto" && settle "$dir"
