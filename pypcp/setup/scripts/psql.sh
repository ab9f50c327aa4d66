# Run what comes on stdin in psql, as the owner of the data directory.
# $1 psql; $2 directory of the socket; $3 port; $4 database
exec "$1" -XAtqw -v ON_ERROR_STOP=1 -h "$2" -p "$3" -d "$4" -f -
