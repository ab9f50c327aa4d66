# Remove a file that setup made. Runs as root, and for a file in somebody's home as that user. $1 path, maybe ~USER/...
path=$1
case $path in '~'*) path=$HOME/${path#*/};; esac
[ ! -d "$path" ] || { echo "$path is a directory" >&2; exit 1; }
rm -f -- "$path"
