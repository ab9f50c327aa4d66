# The node's own files go into the new copy, in place of the source's.
new=$dir.pypcp-new
[ -d "$new" ] || fail "there is no $new"
copy_own_files "$dir" "$new"
for name in recovery.conf recovery.done postmaster.opts; do
  [ -e "$dir/$name" ] || rm -f -- "$new/$name"
done
settle "$new"
