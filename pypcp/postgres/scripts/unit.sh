# What systemd knows of some units, and whether whoever we are may start them. Changes nothing.
# $1 "asked" when the operator named them, else they are only looked for where systemd runs; $2 "stops" to ask for leave to
# stop them, too; then units. The answer has the form that hosts/item.sh explains; what a unit sets as PGDATA, or gives by
# -D, is resolved where that can be done.
asked=$1 stops=$2; shift 2
[ "$asked" = asked ] || [ -d /run/systemd/system ] || exit 0
unset SYSTEMD_COLORS
may() { [ "$(id -u)" = 0 ] || sudo -n -l systemctl "$1" "$2"; }
for unit; do
  shown=$(systemctl show -p LoadState -p ActiveState -p SubState -p MainPID -p Restart -p Environment -p ExecStart -- "$unit" 2>&1)
  code=$?
  item "shown:$unit" sh -c 'printf "%s\n" "$1"; exit "$2"' - "$shown" "$code"
  place=$(printf '%s\n' "$shown" | sed -n 's/^ExecStart=.* -D *\(\/[^ ;"]*\).*/\1/p' | head -n 1)
  [ -n "$place" ] || place=$(printf '%s\n' "$shown" | sed -n 's/^Environment=\(.* \)\{0,1\}"\{0,1\}PGDATA=\([^ "]*\).*/\2/p')
  item "place:$unit" sh -c 'if [ -n "$1" ]; then readlink -f -- "$1"; fi' - "$place"
  item "start:$unit" may start "$unit"
  [ -z "$stops" ] || item "stop:$unit" may stop "$unit"
done
:
