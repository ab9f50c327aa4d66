# $1 the new copy. The node's own files go into it, in place of the source's.
new=$1
[ -d "$new" ] || fail "there is no $new"
copy_own_files "$dir" "$new"
for name in recovery.conf recovery.done postmaster.opts; do
  [ -e "$dir/$name" ] || rm -f -- "$new/$name"
done
settle "$new"
