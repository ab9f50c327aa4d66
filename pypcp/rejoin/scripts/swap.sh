# $1 state directory; $2 port that pgpool expects; $3 configuration file outside the data directory, or empty. The new
# copy, with the node's own files, takes the place of the data directory, which is kept under another name.
state=$1 port=$2 config=$3 new=$dir.pypcp-new
running && fail "the server runs"
[ -d "$new" ] || { [ -f "$dir/backup_label" ] && already; fail "there is no $new"; }
found=$("$bin/postgres" -C port -D "$new" -c "config_file=${config:-$new/postgresql.conf}")
[ "$found" = "$port" ] || fail "the configuration in $new has port $found, pgpool expects $port"
[ -f "$new/standby.signal" ] || fail "$new is not marked as a standby's"
old=$dir.before-$(date -u +%Y%m%dT%H%M%SZ)
mv -- "$dir" "$old" && mv -- "$new" "$dir" || fail "cannot rename $new to $dir (the old directory is $old)"
settle "${dir%/*}"
rm -f -- "$state/rewind.began" "$state/backup.exit" "$state/backup.lock"
echo "$old"
