[[- /*
  A text, or a list of texts, for the driver's config, which Nomad's client evaluates once more: each $ and % becomes an
  expression that stands for itself. Base64 keeps all of it out of reach of HCL; JSON within it would not do, as HCL
  composes the letter of an escape with an accent that follows it.
*/ -]]
[[- define "literal" -]]
[[- if kindIs "string" . -]]
[[ template "literal_text" . ]]
[[- else -]]
[ [[- range . ]][[ template "literal_text" . ]], [[ end -]] ]
[[- end -]]
[[- end -]]

[[- define "literal_text" -]]
base64decode("[[ . | replace "$" `${"$"}` | replace "%" `${"%"}` | b64enc ]]")
[[- end -]]

[[- /* Variables of the environment: names of a strict pattern, values in quotes that Nomad reads as JSON. */ -]]
[[- define "environment" -]]
template {
  destination = "local/environment"
  env         = true
  change_mode = "noop"
  data        = <<ENV
[[- range $name, $value := . ]]
[[ template "environment_name" $name ]]={{ base64Decode "[[ $value | b64enc ]]" | toJSON }}
[[- end ]]
ENV
}
[[- end -]]

[[- define "environment_name" -]]
[[- if or (not (regexMatch "^[A-Za-z_][A-Za-z0-9_]{0,127}$" .)) (hasPrefix "NOMAD_" .) -]]
[[- fail (printf "%q is no name for a variable of the environment of a test" .) -]]
[[- end -]]
[[ . ]]
[[- end -]]

[[- /* What each test gets of the node, and what it may ask of a device: Nomad looks at both when it places the job. */ -]]
[[- define "test_resources" -]]
resources {
  cpu    = [[ var "cpu" . ]]
  memory = [[ var "memory" . ]]
[[- if gt (var "gpu_count" .) 0 ]]

  device "nvidia/gpu" {
    count = [[ var "gpu_count" . ]]
[[- range var "gpu_constraints" . ]]
[[- if not (regexMatch "^device\\.(vendor|type|model|ids|attr\\.[A-Za-z0-9_.-]+)$" .attribute) ]]
[[- fail (printf "%q is no attribute of a device: device.model, device.attr.memory, ..." .attribute) ]]
[[- end ]]
[[- if not (regexMatch "^[^$%]*$" .value) ]]
[[- fail (printf "the value of a constraint of %s has a $ or %% in it" .attribute) ]]
[[- end ]]

    constraint {
      attribute = [[ printf "${%s}" .attribute | quote ]]
      operator  = [[ .operator | quote ]]
      value     = [[ template "literal" .value ]]
    }
[[- end ]]
  }
[[- end ]]
}
[[- end -]]

[[- /* What the driver is told of every test: image, graphics processors, folder, network. */ -]]
[[- define "test_config" -]]
image      = [[ var "image" . | quote ]]
[[- if gt (var "gpu_count" .) 0 ]]
runtime    = "nvidia"
[[- end ]]
[[- with var "working_directory" . ]]
work_dir   = [[ template "literal" . ]]
[[- end ]]
[[- if var "services" . ]]
[[ template "service_hosts" . ]]
[[- else if eq (var "network" .) "none" ]]
network_mode = "none"
[[- else if var "network_mode" . ]]
[[- /* packgen:ignore host-namespace: only for an operator who asks for it */]]
network_mode = [[ var "network_mode" . | quote ]]
[[- end ]]
[[- end -]]

[[- /* The environment of every test: what is given, and what is read from a store of secrets. */ -]]
[[- define "test_environment" -]]
[[- with var "env" . ]]

[[ template "environment" . ]]
[[- end ]]
[[- with var "secrets" . ]]

[[ template "secret_environment" . ]]
[[- end ]]
[[- $vault := 0 ]]
[[- range var "secrets" . ]]
[[- if hasPrefix "vault:" . ]]
[[- $vault = 1 ]]
[[- end ]]
[[- end ]]
[[- if $vault ]]

[[ template "vault" (var "vault_role" .) ]]
[[- end ]]
[[- end -]]

[[- define "secret_environment" -]]
template {
  destination = "secrets/environment"
  env         = true
  perms       = "0400"
  change_mode = "noop"
  data        = <<ENV
[[- range $name, $reference := . ]]
[[ template "open_field" $reference ]][[ template "environment_name" $name ]]={{ print . | toJSON }}[[ template "close_field" $reference ]]
[[- end ]]
ENV
}
[[- $number := 0 ]]
[[- range $name, $reference := . ]]
[[- $number = add1 $number ]]

[[ template "secret_value" (dict "name" (printf "variable_%d" $number) "reference" $reference "perms" "0444") ]]
[[- end ]]
[[- end -]]

[[- define "bound_script" -]]
template {
  destination = "local/bound.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# The image is somebody else's: beyond a shell nothing is expected of it.
seconds() { date +%s 2>/dev/null || echo 0; }

# run SECONDS FILE: become a shell that runs the file. The image's own program timeout bounds it. That of an older
# busybox knows no -k, and an image may have none: then only the service's deadline is left.
if timeout -k 1 1 /bin/sh -c : 2>/dev/null; then
  run() { exec timeout -k 10 "$1" /bin/sh "$2"; }
elif timeout 1 /bin/sh -c : 2>/dev/null; then
  run() { exec timeout "$1" /bin/sh "$2"; }
else
  run() { exec /bin/sh "$2"; }
fi
SCRIPT
}
[[- end -]]

[[- define "test_script" -]]
template {
  destination = "local/test.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Run one command in a shell of its own, and keep the reports that it has written.
set -u
. /local/functions.sh
. /local/bound.sh
read -r limit </local/input/timeout || :
ends=$results/results
mkdir -p "$ends" "$results/reports" 2>/dev/null

# keep_report PATH NAME: copy a report if there is one of a size that can be read.
keep_report() {
  if [ ! -f "$1" ]; then
    say "there is no report $1"
  elif [ "$(wc -c <"$1")" -gt 2097152 ]; then
    say "the report $1 is larger than 2 MiB and is not kept"
  else
    (mask <"$1") >"$results/reports/$2" || say "the report $1 cannot be kept"
  fi
}

# The commands that run in a shell, this one included. Each notes its status at its end.
for_each_test() {
  while read -r test || [ -n "$test" ]; do
    code=
    [ ! -f "$ends/$test" ] || read -r code <"$ends/$test" || :
    "$@" || return
    test=
  done </local/input/tests
}
has_ended() { [ -n "$code" ]; }
has_passed() { [ -z "$code" ] || [ "$code" = 0 ]; }
doze() { sleep 0.2 2>/dev/null || sleep 1 2>/dev/null; }

IFS= read -r first_line </local/input/command || :
say "test: $first_line"
began=$(seconds)
attend run "$limit" /local/input/command
status=$?
took=$(($(seconds) - began))
number=0
for given in /local/input/report_*; do
  [ -f "$given" ] || continue
  number=$((number + 1))
  IFS= read -r report <"$given" || :
  keep_report "$report" "$NOMAD_TASK_NAME-$number.xml"
done
echo "$status" 2>/dev/null >"$ends/$NOMAD_TASK_NAME"
if [ "$status" -eq 0 ]; then
  say "the test passed"
  exit 0
fi

# Which status a command has that was stopped depends on the program; that it took its time does not.
reason=test_failed
message="the command ended with exit code $status"
if [ "$took" -ge "$limit" ]; then
  reason=timeout
  message="the command did not end within $limit seconds"
fi
say "error: $message"

# When a task fails, Nomad stops those beside it: all shall have come to their own end by then. The first of those that
# failed, as they were given, is the one to say why; the others are stopped in its wake and keep their status.
trap 'exit "$status"' TERM INT
round=0
while [ -f "$ends/$NOMAD_TASK_NAME" ] && [ "$round" -lt "$((limit * 5 + 150))" ]; do
  for_each_test has_ended && break
  round=$((round + 1))
  doze || break
done
for_each_test has_passed
round=0
while [ "$test" != "$NOMAD_TASK_NAME" ] && [ -f "$ends/$test" ] && [ "$round" -lt 50 ]; do
  round=$((round + 1))
  doze || break
done
[ -f "$results/reason" ] || printf '%s\n%s\n' "$reason" "$message" >"$results/reason"
exit "$status"
SCRIPT
}
[[- end -]]
