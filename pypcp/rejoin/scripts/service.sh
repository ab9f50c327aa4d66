# As whoever we are on that host: a rule of sudo for this one command is enough. $1 the service manager's unit of this
# server; $2 "already" when it runs.
[ "${2-}" = already ] && already
if [ "$(id -u)" = 0 ]; then systemctl start "$1"; else sudo -n systemctl start "$1"; fi >&2 ||
  fail "systemctl could not start $1"
