[[- define "test_script" -]]
template {
  destination = "local/test.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Run the given commands one after the other, each in a shell of its own, until one fails.
# The image is somebody else's: beyond a shell nothing is expected of it.
set -u
. /local/functions.sh

# The image's own program timeout bounds a command. That of an older busybox knows no -k, and an image
# may have none: then only the service's deadline is left.
seconds() { date +%s 2>/dev/null || echo 0; }
if timeout -k 1 1 /bin/sh -c : 2>/dev/null; then
  run() { exec timeout -k 10 "$COMMAND_TIMEOUT" /bin/sh "$1"; }
elif timeout 1 /bin/sh -c : 2>/dev/null; then
  run() { exec timeout "$COMMAND_TIMEOUT" /bin/sh "$1"; }
else
  run() { exec /bin/sh "$1"; }
fi

number=0
for command in /local/input/command_*; do
  number=$((number + 1))
  IFS= read -r first_line <"$command" || :
  say "test $number: $first_line"
  began=$(seconds)
  attend run "$command"
  status=$?
  [ "$status" -ne 0 ] || continue
  # Which status a command has that was stopped depends on the program; that it took its time does not.
  if [ "$(($(seconds) - began))" -ge "$COMMAND_TIMEOUT" ]; then
    fail timeout "$status" "the command did not end within $COMMAND_TIMEOUT seconds"
  fi
  fail test_failed "$status" "the command ended with exit code $status"
done
say "all tests passed"
SCRIPT
}
[[- end -]]
