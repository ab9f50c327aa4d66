# Mark a backup as one that was gone back to; the next undo takes the one before. Runs as root. $1 its name
cd "$HOME/.pypcp-setup" && mv -T -- "$1" "undone-$1"
