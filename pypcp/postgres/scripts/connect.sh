# Try connections to the source from here, exactly as this node will make them. Changes nothing on either side.
# $1 programs; then pairs of a connection string without a password, and a query. On stdin, a line for each pair: the
# password, or an empty line (then libpq looks in the passfile). The answer has the form that hosts/item.sh explains.
bin=$1; shift
number=0
while [ $# -ge 2 ]; do
  IFS= read -r PGPASSWORD || PGPASSWORD=
  if [ -n "$PGPASSWORD" ]; then export PGPASSWORD; else unset PGPASSWORD; fi
  item "$number" env PGCONNECT_TIMEOUT=5 "$bin/psql" -XAtqw -d "$1" -c "$2" </dev/null
  number=$((number + 1)); shift 2
done
