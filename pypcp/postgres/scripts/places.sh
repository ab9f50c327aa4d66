# $1 major version; then paths. A line for each: whether this user may write in that directory, "yes" or "no", and whether
# it holds a tablespace of that version already.
version=$1; shift
for place in "$@"; do
  usable=no; [ -d "$place" ] && [ -w "$place" ] && [ -x "$place" ] && usable=yes
  taken=no
  for found in "$place/PG_$version"_*; do [ ! -e "$found" ] || taken=yes; done
  echo "$usable $taken"
done
