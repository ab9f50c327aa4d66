# Try ssh without a prompt from here to each of these hosts, as failover will. Runs as the user that pgpool runs as.
for other; do
  item "$other" ssh -T -n -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=5 -- "$other" true
done
