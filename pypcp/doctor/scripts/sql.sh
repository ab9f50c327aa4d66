# As the owner of the data directory. $1 programs; $2 data directory; then pairs of a database and a query, to the server
# that runs there.
bin=$1 dir=$2; shift 2
port=$(sed -n 4p "$dir/postmaster.pid"); socket=$(sed -n 5p "$dir/postmaster.pid"); address=$(sed -n 6p "$dir/postmaster.pid")
[ "$address" = '*' ] && address=localhost
while [ $# -ge 2 ]; do
  item "$1" env PGCONNECT_TIMEOUT=5 "$bin/psql" -XAtqw -d "dbname=$1 port=$port host='${socket:-$address}'" -c "$2" </dev/null
  shift 2
done
