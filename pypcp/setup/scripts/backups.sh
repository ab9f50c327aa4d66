# Print the newest backup that has not been gone back to: its name, and each file as it was. Runs as root.
cd "$HOME/.pypcp-setup" 2>/dev/null || exit 0
newest=$(ls -d [0-9]*/manifest 2>/dev/null | sort | tail -n 1)
[ -n "$newest" ] || exit 0
cd "${newest%/manifest}" || exit 1
item name printf %s "${newest%/manifest}"
item manifest cat manifest
for file in [0-9]*; do [ -f "$file" ] && item "file:$file" cat -- "$file"; done
:
