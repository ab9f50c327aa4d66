#!/bin/bash
# The first process of a host: gives it its name and its own files, then reaps what others leave behind.
#
#   boot.sh NAME FILES DIRECTORY... -- SHOWN...
#
# FILES holds what takes the place of each DIRECTORY; what is SHOWN stays visible even when it lies inside one of them.
# Runs in new mount, UTS, IPC, network and process namespaces. Prints its process id as the machine sees it, once ready.
set -eu

name=$1 files=$2
shift 2
read -r pid _ </proc/self/stat # the machine's /proc is still mounted here
hostname "$name"

own=() shown=()
while [[ $1 != -- ]]; do
  own+=("$1")
  shift
done
shift
shown=("$@")

kept=$(mktemp -d "$files/kept.XXXXXX")
for i in "${!shown[@]}"; do
  mkdir "$kept/$i"
  mount --bind "${shown[$i]}" "$kept/$i"
done
for path in "${own[@]}"; do
  mount --bind "$files$path" "$path"
done
for i in "${!shown[@]}"; do
  if ! [[ ${shown[$i]} -ef $kept/$i ]]; then
    mkdir -p "${shown[$i]}"
    mount --bind "$kept/$i" "${shown[$i]}"
    mount -o remount,bind,ro "${shown[$i]}" # as the rest of the machine below
  fi
  umount "$kept/$i"
done
rm -r "$kept"

mount -t proc proc /proc
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -o remount,bind,ro /
umount --lazy "${files%%/hosts/*}" # the other hosts' files
ip link set lo up

echo "$pid"
exec </dev/null >/dev/null 2>&1
sleep infinity &
wait "$!" # bash reaps every orphan while it waits
