# On the source. Paths that the target has just made: what is seen here, too, is not the target's own.
for path in "$@"; do
  [ ! -e "$path" ] || fail "$path of the target is here, too: both hosts have the same directory, and it is the primary's"
done
