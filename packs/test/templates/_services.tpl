[[- /* Every service's name, for /etc/hosts. Nomad makes one such file for all tasks: each has to ask for the same. */ -]]
[[- define "service_hosts" -]]
extra_hosts = [
[[- range var "services" . ]]
[[- if not (regexMatch "^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$" .name) ]]
[[- fail (printf "%q is no name for a service: small letters, digits and dashes, at most 32" .name) ]]
[[- end ]]
  [[ printf "%s:127.0.0.1" .name | quote ]],
[[- end ]]
]
[[- end -]]

[[- define "service_image" -]]
[[- if or (gt (len .) 255) (not (regexMatch "^([A-Za-z0-9]|\\x5b[0-9A-Fa-f:]+\\x5d)[A-Za-z0-9._:/@-]*$" .)) -]]
[[- fail (printf "%q is no name of an image" .) -]]
[[- end -]]
[[ . | quote ]]
[[- end -]]

[[- /*
  The services beside the tests, each in its own image, and the tasks that see to it that no test begins before all of
  them are ready. They share one network with the tests, where every port is on 127.0.0.1.
*/ -]]
[[- define "services" -]]
[[- $root := . ]]
[[- $patience := 0 ]]
[[- $ports := list ]]
[[- range var "services" . ]]
[[- $seconds := int (default 120 .ready_timeout) ]]
[[- $patience = max $patience $seconds ]]
[[- if gt (int .port) 0 ]]
[[- $ports = append $ports (printf "%s %d %d" .name (int .port) $seconds) ]]
[[- end ]]

# Its end fails the tests, whatever its exit code. Nothing that it would still write at the end is needed.
task [[ printf "service-%s" .name | quote ]] {
  driver       = "docker"
  kill_timeout = "1s"

  lifecycle {
    hook    = "prestart"
    sidecar = true
  }

  config {
    image = [[ template "service_image" .image ]]
[[- with .command ]]
    args  = [[ template "literal" . ]]
[[- end ]]
    [[ template "service_hosts" $root ]]
  }
[[- with .env ]]

  [[ template "environment" . ]]
[[- end ]]

  resources {
    cpu    = [[ default 200 .cpu ]]
    memory = [[ default 256 .memory ]]
  }
}
[[- if .ready_command ]]

task [[ printf "ready-%s" .name | quote ]] {
  driver = "docker"

  lifecycle {
    hook = "prestart"
  }

  config {
    image      = [[ template "service_image" .image ]]
    entrypoint = ["/bin/sh", "/local/ready.sh"]
    [[ template "service_hosts" $root ]]
  }
[[- with .env ]]

  [[ template "environment" . ]]
[[- end ]]

  [[ template "functions_script" $root ]]

  [[ template "bound_script" $root ]]

  [[ template "ready_command_script" $root ]]

  [[ template "input" (dict "name" "service" "value" .name) ]]

  [[ template "input" (dict "name" "command" "value" .ready_command) ]]

  [[ template "input" (dict "name" "timeout" "value" (toString $seconds)) ]]

  resources {
    cpu    = [[ default 200 .cpu ]]
    memory = [[ default 256 .memory ]]
  }
}
[[- end ]]
[[- end ]]
[[- with $ports ]]

task "ready" {
  driver = "docker"

  lifecycle {
    hook = "prestart"
  }

  config {
    image      = [[ var "builder_image" $root | quote ]]
    entrypoint = ["timeout", "-k", "10", "[[ add $patience 60 ]]", "/bin/sh", "/local/ready.sh"]
    cap_drop   = ["all"]
    [[ template "service_hosts" $root ]]
  }

  [[ template "functions_script" $root ]]

  [[ template "ready_script" $root ]]

  [[ template "input" (dict "name" "ports" "value" (join "\n" .)) ]]

  resources {
    cpu    = 100
    memory = 64
  }
}
[[- end ]]
[[- end -]]

[[- define "ready_script" -]]
template {
  destination = "local/ready.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Wait until every service takes connections: each line of the input is a service's name, its port, and seconds.
set -u
. /local/functions.sh
began=$(date +%s)
listens() { bash -c ': <"/dev/tcp/127.0.0.1/$0"' "$1" 2>/dev/null; }

while read -r name port limit || [ -n "$name" ]; do
  say "waiting for service $name on port $port"
  until listens "$port"; do
    if [ "$(($(date +%s) - began))" -ge "$limit" ]; then
      fail service_failed 1 "service $name took no connection on port $port within $limit seconds"
    fi
    sleep 0.2
  done
  name=
done </local/input/ports
say "all services take connections"
SCRIPT
}
[[- end -]]

[[- define "ready_command_script" -]]
template {
  destination = "local/ready.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Run a command in the service's image until it succeeds for the first time.
set -u
. /local/functions.sh
. /local/bound.sh
read -r service </local/input/service || :
read -r limit </local/input/timeout || :
began=$(seconds)
round=0
say "waiting for service $service by its own command"
until attend_into "$NOMAD_TASK_DIR/attempt" run "$limit" /local/input/command; do
  status=$?
  round=$((round + 1))
  if [ "$(($(seconds) - began))" -ge "$limit" ] || [ "$round" -ge "$((limit * 5))" ]; then
    cat "$NOMAD_TASK_DIR/attempt"
    fail service_failed 1 "service $service was not ready within $limit seconds: its command ended with exit code $status"
  fi
  sleep 0.2 2>/dev/null || sleep 1
done
say "service $service is ready"
SCRIPT
}
[[- end -]]
