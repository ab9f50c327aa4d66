# Keep a copy of each file as it is, for an undo, and remember which were not there. Runs as root.
# $1 name of the backup; $2 yes where a pgpool runs that has to read again what is written next, so that a run that is
# killed before is known to have left that; $3 its pid file; $4 its pgpool.conf; then the paths, maybe ~USER/...
# Prints the backup's directory.
stamp=$1 runs=$2 pidfile=$3 conf=$4; shift 4
above=$HOME/.pypcp-setup
mkdir -p -m 700 -- "$above" && mkdir -m 700 -- "$above/$stamp" && cd "$above/$stamp" || exit 1
number=0
for path; do
  case $path in
    '~'*) who=${path#\~}; who=${who%%/*}; home=$(getent passwd "$who" | cut -d: -f6)
      [ -n "$home" ] || { echo "there is no user $who" >&2; exit 1; }; real=$home/${path#*/};;
    *) real=$path;;
  esac
  if [ -L "$real" ] || { [ -e "$real" ] && [ ! -f "$real" ]; }; then echo "$real is no regular file" >&2; exit 1; fi
  if [ -f "$real" ]; then
    cp -p -- "$real" "$number" || exit 1
    stat -c "$number %a %U $path" -- "$real"
  else
    echo "- - - $path"
  fi >>manifest.new || exit 1
  number=$((number + 1))
done
if [ "$runs" = yes ]; then
  : >"$above/unread" || exit 1
  began=$above/running-$(head -n 1 -- "$pidfile").conf # what it has begun with, whatever comes after
  if [ -f "$conf" ] && [ ! -e "$began" ]; then cp -- "$conf" "$began.new" && mv -- "$began.new" "$began" || exit 1; fi
fi
sync ./* && mv manifest.new manifest && sync . # from now on it is one that can be gone back to
pwd
