# On a running server: what relation files belong to. After the programs and the data directory, pairs of a database's oid
# and its files: tablespace/file, parted by commas. The answer has the form that hosts/item.sh explains; an item for each
# database: JSON with its name and the relations.
bin=$1 dir=$2; shift 2
port=$(sed -n 4p "$dir/postmaster.pid"); socket=$(sed -n 5p "$dir/postmaster.pid"); address=$(sed -n 6p "$dir/postmaster.pid")
[ "$address" = '*' ] && address=localhost
PGCONNECT_TIMEOUT=5; export PGCONNECT_TIMEOUT
ask() { PGDATABASE=$1 "$bin/psql" -XAtqw -v ON_ERROR_STOP=1 -d "port=$port host='${socket:-$address}'" -c "$2" </dev/null; }
# Values of out-of-line columns are in a table of their own, which is nobody's by name.
query() {
  echo "SELECT json_build_object('database', current_database(), 'relations', json_agg(json_build_object(
    'file', file, 'schema', nspname, 'name', relname, 'kind', relkind)))
    FROM unnest(string_to_array('$1', ',')) file
    JOIN pg_class c ON c.oid = pg_filenode_relation(split_part(file, '/', 1)::oid, split_part(file, '/', 2)::oid)
    JOIN pg_namespace n ON n.oid = relnamespace"
}
database() {
  name=$(ask postgres "SELECT datname FROM pg_database WHERE oid = $1")
  [ -n "$name" ] || { echo "there is no database $1"; return 1; }
  ask "$name" "$(query "$2")"
}
while [ $# -ge 2 ]; do
  item "$1" database "$1" "$2"
  shift 2
done
