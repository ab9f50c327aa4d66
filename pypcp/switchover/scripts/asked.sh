# $1 state directory; $2 the word by which stop.sh asks for the stop; $3 "wait" until it does, or until the run that it is of
# has ended, or "refuse", when it cannot be done.
asked() { [ "$(cat "$1/stop" 2>/dev/null)" = "$2" ]; }
case $3 in
  wait) until asked "$@"; do flock -n "$1/lock" true && exit 1; sleep 0.02; done;;
  refuse) ! asked "$@" || rm -f -- "$1/stop";;
esac
