# $1 a data directory that is missing or empty; $2 a user, or empty. Who is to own it: that user; else its owner, or that
# of what pypcp left beside it, or of the directory above; else postgres. Never root, as which no server starts.
dir=$1 wished=$2
fail() { echo "$*" >&2; exit 1; }
real=$(readlink -f -- "$dir") || fail "the directory above $dir is not there either; is a file system not mounted?"
above=${real%/*}/
[ -d "$above" ] || fail "$above is not there either; is a file system not mounted?"
[ "$real" != / ] || fail "$dir cannot be a data directory"
! getent passwd | cut -d: -f6 | grep -qxF -e "$real" || fail "$dir is somebody's home, not a data directory"
if [ -n "$wished" ]; then
  case $wished in root | -*) fail "$wished cannot own a data directory";; esac
  id -u -- "$wished" >/dev/null 2>&1 || fail "there is no user $wished"
  echo "$wished"
  exit 0
fi
for path in "$dir" "$above.pypcp-${real##*/}" "$above"; do
  who=$(stat -Lc %U -- "$path" 2>/dev/null)
  case $who in '' | root | UNKNOWN) ;; *) echo "$who"; exit 0;; esac
done
id -u postgres >/dev/null 2>&1 || fail "nothing tells who is to own $dir, and there is no user postgres"
echo postgres
