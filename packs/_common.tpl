[[- /*
  What every job of this service has in common. The packs link to this file, so that a rule which
  holds for all of them is written once.
*/ -]]

[[- define "placement" -]]
type        = "batch"
[[- with var "region" . ]]
region      = [[ . | quote ]]
[[- end ]]
[[- with var "namespace" . ]]
namespace   = [[ . | quote ]]
[[- end ]]
datacenters = [[ var "datacenters" . | toStringList ]]
[[- with var "node_pool" . ]]
node_pool   = [[ . | quote ]]
[[- end ]]
priority    = [[ var "priority" . ]]
[[- end -]]

[[- /*
  Whoever registered the job decides what follows a failure: Nomad starts nothing a second time. Of a node that
  is not heard of, "replace" alone does not keep it from that; the time in which the node may return does.
*/ -]]
[[- define "run_once" -]]
restart {
  attempts = 0
  mode     = "fail"
}

reschedule {
  attempts  = 0
  unlimited = false
}

disconnect {
  replace    = false
  lost_after = "24h"
}
[[- end -]]

[[- /* One given value as a file below local/input. Base64 keeps it out of reach of HCL, Nomad and the shell. */ -]]
[[- define "input" -]]
template {
  destination = "local/input/[[ .name ]]"
  change_mode = "noop"
  data        = "{{ base64Decode \"[[ .value | b64enc ]]\" }}"
}
[[- end -]]

[[- /*
  A script: constant text, never a place for values. It starts at the left edge, as it does for whoever
  runs it, and has none of the signs that HCL, Nomad or its templates take for theirs.
*/ -]]
[[- define "functions_script" -]]
template {
  destination = "local/functions.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# What all scripts share. Each value that somebody gave is a file below $NOMAD_TASK_DIR/input.
# Standard error joins standard output: a log with one order is a log that can be read.
exec 2>&1
results=$NOMAD_ALLOC_DIR/data

# masked TEXT: the text without secrets. The values that a task knows are files below /secrets/values.
masked() { printf '%s\n' "$1"; }
filter=

say() { printf 'nomad-build: %s\n' "$*"; }

input() { cat "$NOMAD_TASK_DIR/input/$1"; }

# fail REASON STATUS MESSAGE: leave reason and message for the service and end with the status.
fail() {
  printf '%s\n%s\n' "$1" "$(masked "$3")" >"$results/reason"
  say "error: $3"
  exit "$2"
}

# A shell hears no signal while a command runs in its foreground: what can take long is run by one of these.
# attend COMMAND...: run it and give its status; attend_into LOG COMMAND... has its output in a file.
attend() {
  begins=yes
  "$@" &
  hear_out "$!"
}
attend_into() {
  log=$1
  shift
  begins=yes
  "$@" >"$log" 2>&1 &
  hear_out "$!"
}
begins=
child=
told=
hear_out() {
  child=$1
  begins=
  [ -z "$told" ] || stop "$told"
  wait "$child"
  set -- "$?"
  child=
  return "$1"
}

# Whoever stops the task, and the program timeout at the deadline, sends a signal. What runs has a second to say its last
# words; with this shell ends the container, and whatever may still run in it. What is only being started is told as soon as
# it is known what to tell.
stop() {
  told=$1
  [ -z "$begins" ] || return
  trap '' TERM INT
  say "told to stop"
  if [ -n "$child" ] && kill "$child" 2>/dev/null; then
    { sleep 1 && kill -KILL "$child"; } 2>/dev/null &
    wait "$child"
  fi
  patience=10 # Nomad kills after five seconds, also on a node that is busy
  exit "$1"
}
trap 'stop 143' TERM
trap 'stop 130' INT

# Nomad's log collector lags behind a task. collect LINE: stay until a line that was written is collected, or nothing more
# is for three seconds; but not for ever: 20 rounds are one second, those after it take a quarter of a second each.
patience=136
collected() { tail -c 65536 "$NOMAD_ALLOC_DIR/logs/$NOMAD_TASK_NAME.stdout."* 2>/dev/null; }
collect() {
  size=
  idle=0
  round=0
  pause=0.05
  while [ "$idle" -lt 12 ] && [ "$round" -lt "$patience" ]; do
    sleep "$pause" 2>/dev/null || return
    collected | grep -qxF "$1" && return
    before=$size
    size=$(wc -c "$NOMAD_ALLOC_DIR/logs/$NOMAD_TASK_NAME.stdout."* 2>/dev/null)
    round=$((round + 1))
    [ "$round" -lt 20 ] || pause=0.25
    [ "$round" -le 20 ] || idle=$((idle + 1))
    [ "$size" = "$before" ] || idle=0
  done
  return 1
}

# The collector is stopped with the task: end with a line by which a reader knows that the log is whole.
end() {
  status=$?
  trap 'exit "$status"' TERM INT
  last="nomad-build: $NOMAD_TASK_NAME ended with exit code $status"
  printf '%s\n' "$last"
  set +f # whatever the script has set: the logs are found by a pattern
  collect "$last" || [ -z "$filter" ] || drain
}
trap end EXIT

# mask: pass a stream on without secrets, in a process of its own.
if [ -d /secrets/values ]; then
  . /local/mask.sh
else
  mask() { exec cat; }
fi
SCRIPT
}

[[ template "mask_script" ]]
[[- end -]]

[[- /* What a script that writes much says when it failed because there was no room. */ -]]
[[- define "disk_script" -]]
template {
  destination = "local/disk.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# describe_room FOLDER: what its file system has left, with figures; a success if that is as good as nothing.
describe_room() {
  df -Pk "$1" 2>/dev/null | {
    read -r _ && read -r _ size _ available _ || exit 1
    printf '%s has %d MiB left of %d MiB\n' "$1" "$((available / 1024))" "$((size / 1024))"
    [ "$available" -lt 16384 ]
  }
}

# full_folder FOLDER...: describe the first one that is on a full file system; fail if there is none.
full_folder() {
  for folder in "$@"; do
    room=$(describe_room "$folder") && echo "$room" && return
  done
  return 1
}

# fail_full STATUS MESSAGE ROOM: end because a disk is full.
fail_full() {
  # The files of the commit are of no more use, and the reason may need their room.
  rm -rf "$NOMAD_ALLOC_DIR/data/source" 2>/dev/null
  fail disk_full "$1" "$2: the disk is full: $3"
}

# fail_if_full STATUS MESSAGE LOG FOLDER...: the same, if anything shows it: the file system of one of the folders, or a
# log that names a file in one of them together with the error.
fail_if_full() {
  code=$1
  message=$2
  log=$3
  shift 3
  full=$(full_folder "$@") && fail_full "$code" "$message" "$full"
  for folder in "$@"; do
    if grep -qiE "(^|[^[:alnum:]_.-])$folder/.*no space left on device" "$log"; then
      fail_full "$code" "$message" "$(describe_room "$folder")"
    fi
  done
}
SCRIPT
}
[[- end -]]
