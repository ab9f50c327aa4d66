# Put stdin into a file, in one moment: whatever happens, the old one or the new one is whole. Runs as root, and for a
# file in somebody's home as that user, who could turn any path there into another one.
# $1 path, maybe ~USER/...; $2 mode; $3 owner; $4 size in bytes: less has come when the connection broke.
path=$1 mode=$2 owner=$3 size=$4
case $path in '~'*) path=$HOME/${path#*/};; esac
fail() { echo "$1" >&2; exit 1; }
directory=${path%/*}
[ -d "$directory" ] || { if [ "$(id -u)" = 0 ]; then umask 022; fi; mkdir -p -- "$directory" || exit 1; umask 077; }
[ ! -L "$path" ] || fail "$path is a symbolic link"
[ ! -d "$path" ] || fail "$path is a directory"
new=$(mktemp "$directory/.pypcp-XXXXXXXX") || exit 1
trap 'rm -f -- "$new"' EXIT
cat >"$new" || exit 1
[ "$(stat -c %s -- "$new")" = "$size" ] || fail "only a part of it came through"
if [ "$(id -un)" != "$owner" ]; then chown -- "$owner:" "$new" || exit 1; fi
case $path in
  /etc/sudoers.d/*) # one mistake there, and sudo works for nobody any more
    if command -v visudo >/dev/null; then visudo -cqf "$new" >/dev/null || fail "sudo would not read $path"; fi;;
esac
chmod "$mode" "$new" && sync "$new" && mv -fT -- "$new" "$path" || exit 1
trap - EXIT
sync "$directory"
