# Print yes when the host has the address, no when not. $1 address
ip -o address show to "$1" | grep -q . && echo yes || echo no
