#!/bin/bash
# Makes of a host one as Red Hat's packages leave it: programs in /usr/pgsql-MAJOR/bin, data in /var/lib/pgsql/MAJOR/data,
# no pg_ctlcluster, and a systemctl that knows the unit postgresql-MAJOR. Runs as root on the host.
#   redhat.sh MAJOR BIN DATA HOME    where the programs and the data are now; HOME is a directory for the new data
set -eu
major=$1 bin=$2 data=$3 home=$4

# Puts one more entry into a directory of the machine, which itself stays as it is: DIRECTORY ENTRY WHAT
widen() {
  local new path
  new=$(mktemp -d)
  mount -t tmpfs -o mode=755 tmpfs "$new"
  for path in "$1"/*; do
    if [ -L "$path" ]; then cp -a "$path" "$new/"; continue; fi
    if [ -d "$path" ]; then mkdir "$new/${path##*/}"; else touch "$new/${path##*/}"; fi
    mount --rbind "$path" "$new/${path##*/}"
  done
  mkdir "$new/$2"
  mount --bind "$3" "$new/$2"
  mount --rbind "$new" "$1"
}

mkdir -p "$home/pgsql/$major" "$home/none"
widen /usr "pgsql-$major" "${bin%/bin}"
mount --bind "$home/none" "$bin"
mv "$data" "$home/pgsql/$major/data"
chown -R --no-dereference postgres: "$home/pgsql"
widen /var/lib pgsql "$home/pgsql"
# pg_ctlcluster, and each place where somebody may look for systemctl
cat >/run/systemctl
chmod 755 /run/systemctl
for path in /usr/local/sbin /usr/local/games; do
  mount -t tmpfs -o mode=755 tmpfs "$path"
  cp /run/systemctl "$path/"
  ln -s "/usr/pgsql-$major/bin/psql" "$path/"
done
if [ -e /usr/bin/systemctl ]; then mount --bind /usr/local/sbin/systemctl /usr/bin/systemctl; fi
if [ -e /usr/bin/pg_ctlcluster ]; then mount --bind /dev/null /usr/bin/pg_ctlcluster; fi
