# Print yes when pgpool runs, no when not. $1 pid file
pid=$(head -n 1 -- "$1" 2>/dev/null) && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = pgpool ] && echo yes || echo no
