# Let pgpool read its files again. Runs as root. $1 pid file
pid=$(head -n 1 -- "$1") && [ "$(cat "/proc/$pid/comm")" = pgpool ] && kill -HUP "$pid" && rm -f "$HOME/.pypcp-setup/unread"
