# $1 state directory. The saved files stay, under the time of their saving; what steers a resumed run goes.
state=$1
[ -d "$state" ] || already
if [ -f "$state/saved/COMPLETE" ]; then mv -- "$state/saved" "$state/saved-$(tr -d ':' <"$state/saved/COMPLETE")" || fail "cannot rename $state/saved"; fi
rm -f -- "$state/rewind.began" "$state/rewind.exit" "$state/rewind.lock"
rmdir -- "$state" 2>/dev/null
ls -d -- "$state"/saved-* 2>/dev/null | tail -n 1
