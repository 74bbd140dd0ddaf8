[[- define "test_script" -]]
template {
  destination = "local/test.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Run the given commands one after the other, each in a shell of its own, until one fails.
# The image is somebody else's: beyond a shell nothing is expected of it.
set -u
. /local/functions.sh

# The shell is the container's first process: without a trap it would not hear that it has to stop.
child=
stop() {
  [ -z "$child" ] || kill "$child" 2>/dev/null
  exit 143
}
trap stop TERM INT

if command -v timeout >/dev/null 2>&1; then
  run() { exec timeout -k 10 "$COMMAND_TIMEOUT" /bin/sh "$1"; }
else
  run() { exec /bin/sh "$1"; }
fi

number=0
for command in /local/input/command_*; do
  number=$((number + 1))
  IFS= read -r first_line <"$command" || :
  say "test $number: $first_line"
  run "$command" &
  child=$!
  wait "$child"
  status=$?
  child=
  if [ "$status" -eq 124 ]; then
    fail timeout "$status" "the command did not end within $COMMAND_TIMEOUT seconds"
  elif [ "$status" -ne 0 ]; then
    fail test_failed "$status" "the command ended with exit code $status"
  fi
done
say "all tests passed"
SCRIPT
}
[[- end -]]
