# What doctor has to know of a host. Runs as root and changes nothing. $1 pgpool's pid file, or empty where none should
# run; $2 its directory of state; $3 number of names, then these: of all hosts; $4... addresses to ping.
pidfile=$1 logdir=$2 names=$3; shift 3
item now date +%s.%N
pid=$(head -n 1 -- "$pidfile" 2>/dev/null)
[ "$(cat "/proc/$pid/comm" 2>/dev/null)" = pgpool ] || pid=
user= conf=
if [ -n "$pid" ]; then
  user=$(stat -c %U "/proc/$pid")
  conf=$(tr '\0' '\n' <"/proc/$pid/cmdline" | sed -n '/^-f$/{n;p;}')
  for path in "$conf" /etc/pgpool2/pgpool.conf /etc/pgpool-II/pgpool.conf /usr/local/etc/pgpool.conf; do
    [ -f "$path" ] && { conf=$path; break; }
  done
fi
item user printf %s "$user"
item conf printf %s "$conf"
while [ "$names" -gt 0 ]; do
  item "name:$1" sh -c 'getent ahosts "$1" | cut -d" " -f1 | sort -u' - "$1"
  [ -z "$user" ] || item "ssh:$1" timeout 15 runuser -u "$user" -- \
    ssh -T -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=5 -- "$1" true </dev/null
  names=$((names - 1)); shift
done
for address; do item "ping:$address" ping -q -c 1 -W 2 -- "$address"; done
item addresses ip -o address show
item udp sh -c 'ss -H -lun | awk "{ print \$4 }"'
for tool in ip arping ifconfig ping; do
  path=$(command -v "$tool") && [ -n "$(find -L "$path" -maxdepth 0 -perm -4000)" ] && [ "$tool" != ping ] && item "setuid:$path" stat -Lc %a -- "$path"
done
[ -n "$user" ] || exit 0
home=$(getent passwd "$user" | cut -d: -f6)
dir=${conf%/*}
for file in "$conf" "$dir/pcp.conf" "$dir/pool_passwd" "$dir/pool_hba.conf" "$home/.pgpass" "$home/.pcppass"; do
  [ -e "$file" ] && item "mode:$file" stat -Lc '%a %U' -- "$file"
done
item text:conf cat -- "$conf"
item text:pcp cat -- "$dir/pcp.conf"
item text:passwd cat -- "$dir/pool_passwd"
item status cat -- "$logdir/pgpool_status"
setting() { sed -n "s/^[ \t]*$1[ \t]*=\{0,1\}[ \t]*'\([^']*\)'.*/\1/p" "$conf" | tail -n 1; }
# Whether sudo would run what stands behind the first "sudo" of command $1, $2. Its words are only words: whoever may write
# pgpool.conf must not have any of it run, by root least of all.
may_sudo() {
  name=$1 ip=$(setting delegate_IP)$(setting delegate_ip) rest=${2%%[\;\&\|\<\>\(\)\`]*}; set --; set -f
  for word in ${rest#-n }; do
    case $word in '$_IP_$'*) word=$ip${word#'$_IP_$'};; esac
    set -- "$@" "$word"
  done
  set +f; [ $# -gt 0 ] || return 0
  item "sudo:$name" runuser -u "$user" -- sudo -n -l -- "$@"
}
# Sets file to what command $1 runs through sudo, sh and the like; to nothing where it does not, or what it runs has no
# whole path. how: whether that must be executable (x) or readable (r) for pgpool's user, or only there (f), for another.
through() {
  file= how= ; set -f; set -- ${1%%[\;\&\|\<\>\(\)\`]*}; set +f
  for word; do
    case ${word##*/} in
      sudo|runuser) how=f;;
      sh|bash|dash) [ "$how" = f ] || how=r;;
      env|nice|nohup|setsid|timeout) how=${how:-x};;
      *)
        [ -n "$how" ] || return 0
        case $word in /*) [ -d "$word" ] || { file=$word; return 0; };; esac;;
    esac
  done
}
# Of a file and what its links lead to: these and the directories above, where everybody may write or replace.
writable() {
  case $1 in /*) ;; *) return 0;; esac
  for path in "$1" "$(readlink -f -- "$1")"; do
    while [ -n "$path" ]; do
      find -L "$path" -maxdepth 0 -perm -0002 ! \( -type d -perm -1000 \) 2>/dev/null
      path=${path%/*}
    done
  done | sort -u
}
# Its contents as a checksum, where it is a script of the operator's own.
is_script() { [ "${1##*/}" != pypcp ] && [ -f "$1" ] && [ "$(head -c 2 -- "$1" | tr -d '\0')" = '#!' ]; }
# The programs of the commands: whether pgpool's user may run them, and who may write them.
for name in failover_command follow_primary_command follow_master_command if_up_cmd if_down_cmd arping_cmd; do
  command=$(setting "$name"); [ -n "$command" ] || continue
  program=${command%% *}
  case $name in
    if_*) path=$(setting if_cmd_path); case $program in /*) ;; *) program=${path%/}/$program;; esac;;
    arping_cmd) path=$(setting arping_path); case $program in /*) ;; *) program=${path%/}/$program;; esac;;
  esac
  case $program in /*) ;; *) program=$(runuser -u "$user" -- sh -c 'cd /; command -v "$1"' - "$program");; esac
  test=x; runuser -u "$user" -- test -x "$program" || test=  # the first word has to be a program, too
  through "$command"; [ -z "$file" ] || { program=$file; test=${test:+$how}; }
  item "program:$name" printf %s "$program"
  case $test in
    "") item "runs:$name" false;;
    f) item "runs:$name" test -f "$program";;
    *) item "runs:$name" runuser -u "$user" -- test "-$test" "$program";;
  esac
  item "writable:$name" writable "$program"
  ! is_script "$program" || item "script:$name" sh -c 'sha256sum <"$1"' - "$program"
  case $command in
    *sudo\ *) may_sudo "$name" "${command#*sudo }";;
  esac
done
