# Whether anything has happened to the instance in $dir since: who runs there, or else its control file.
fingerprint() {
  found=$(head -n 1 -- "$dir/postmaster.pid" 2>/dev/null)
  if [ -n "$found" ] && [ "$(readlink "/proc/$found/cwd")" = "$(readlink -f -- "$dir")" ]; then echo "runs $found"; else
    cksum <"$dir/global/pg_control"
  fi
}
