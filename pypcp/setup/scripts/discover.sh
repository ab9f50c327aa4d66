# Print what a description of this host can be made of, and change nothing. Runs as root. $1 a path where pypcp may be

pgpool=$(command -v pgpool)
item program printf %s "$pgpool"
item version sh -c '"$1" --version 2>&1' - "$pgpool"
for dir in /etc/pgpool2 /etc/pgpool-II /etc/pgpool-II-*; do [ -d "$dir" ] && { item directory printf %s "$dir"; break; }; done
for sample in /usr/share/pgpool2/pgpool.conf "$dir/pgpool.conf.sample" "$dir/pgpool.conf.sample-stream" \
  /usr/share/doc/pgpool2/examples/pgpool.conf.sample; do [ -f "$sample" ] && { item sample cat -- "$sample"; break; }; done
unit() {
  for file in /lib/systemd/system/pgpool*.service /usr/lib/systemd/system/pgpool*.service /etc/systemd/system/pgpool*.service; do
    [ -f "$file" ] && { file=${file##*/}; printf %s "${file%.service}"; return; }
  done
}
item unit unit
for program in ip arping sudo; do item "$program" command -v "$program"; done
own=$(command -v pypcp) || { [ -x "$1" ] && own=$1; }
item pypcp printf %s "$own"
item addresses ip -o address show scope global
item gateway sh -c 'ip -4 route show default | sed -n "s/^default via \([0-9.]*\) .*/\1/p" | head -n 1'
clusters() { # the data directory of each postmaster that runs
  for process in /proc/[0-9]*; do
    case $(cat "$process/comm" 2>/dev/null) in postgres | postmaster) ;; *) continue;; esac
    directory=$(readlink "$process/cwd") && [ "$(head -n 1 "$directory/postmaster.pid" 2>/dev/null)" = "${process#/proc/}" ] &&
      echo "$directory"
  done
}
item clusters clusters
