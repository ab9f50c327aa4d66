# How a script that looks answers: each item between two lines that begin with a mark that nothing it prints can know.
# (An encoding for each would take longer than all the looking.)
mark=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "mark $mark"
item() { printf '%s %s\n' "$mark" "$1"; shift; ("$@") 2>&1; printf '\n%s %d\n' "$mark" $?; }
