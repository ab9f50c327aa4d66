# Runs the scripts that it is told, one after the other, until stdin ends or falls silent for half a minute; one that runs
# then goes on to its end. For each there comes a line, "run" and how long the script and its stdin are, in bytes; then
# both. The answer is a line, its exit status and how long its stdout and its stderr are; then both. A "." only says that
# somebody is still there. What a script prints goes through files: a server that it starts may keep it open for ever.
serve() {
  printed=$(mktemp -d -p /dev/shm pypcp.XXXXXXXX 2>/dev/null || mktemp -d) || exit
  trap 'rm -rf -- "$printed"' EXIT
  trap 'exit 1' HUP INT TERM
  while line=$(timeout 30 sh -c 'IFS= read -r line && printf %s "$line"' 8>&-); do
    case $line in "run "*) line=${line#run }; obey "${line% *}" "${line#* }";; esac
  done
}
obey() {
  code=$(head -c "$1") # head(1) takes no byte too many, nor does read of the shell
  head -c "$2" | {
    sh -c "$code" >"$printed/out" 2>"$printed/err"
    status=$? out=$(wc -c <"$printed/out") err=$(wc -c <"$printed/err")
    echo "$status $out $err"
    head -c "$out" "$printed/out" # what it has left in the background may be writing still
    head -c "$err" "$printed/err"
    cat >/dev/null # what it has not read
  }
  rm -f -- "$printed/out" "$printed/err"
}
