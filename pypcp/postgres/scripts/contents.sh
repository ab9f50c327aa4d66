# $1 data directory; $2 "writable" or "readable": what the owner needs its files to be. The first of those that are not,
# then, on the last line, how many bytes all files have. Links to WAL and tablespaces are followed. On a file system that
# is mounted read-only nothing is writable.
dir=$1 needed=$2
set -- "$dir/"
for link in "$dir/pg_wal" "$dir"/pg_tblspc/*; do
  if [ -L "$link" ]; then set -- "$@" "$link/"; fi
done
find "$@" -type f -printf '%s\n' , \( -type f -o -type d \) ! "-$needed" -print 2>/dev/null |
  awk '/^\// && n++ < 20; /^[0-9]+$/ { bytes += $0 } END { printf "%.0f\n", bytes }'
