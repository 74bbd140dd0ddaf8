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

[[- /* Whoever registered the job decides what follows a failure: Nomad starts nothing a second time. */ -]]
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
  replace = false
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

say() { printf 'nomad-build: %s\n' "$*"; }

input() { cat "$NOMAD_TASK_DIR/input/$1"; }

# fail REASON STATUS MESSAGE: leave reason and message for the service and end with the status.
fail() {
  printf '%s\n%s\n' "$1" "$3" >"$results/reason"
  say "error: $3"
  exit "$2"
}

# Nomad's log collector lags behind a task and is stopped with it: end with a line by which a reader knows
# that the log is whole, and stay until that line is collected, or nothing more is; but not for ever.
end() {
  status=$?
  last="nomad-build: $NOMAD_TASK_NAME ended with exit code $status"
  printf '%s\n' "$last"
  set +f # whatever the script has set: the name below is a pattern
  collected=
  idle=0
  round=0
  while [ "$idle" -lt 20 ] && [ "$round" -lt 200 ]; do
    sleep 0.05 2>/dev/null || return
    tail -c 4096 "$NOMAD_ALLOC_DIR/logs/$NOMAD_TASK_NAME.stdout."* 2>/dev/null | grep -qxF "$last" && return
    before=$collected
    collected=$(wc -c "$NOMAD_ALLOC_DIR/logs/$NOMAD_TASK_NAME.stdout."* 2>/dev/null)
    idle=$((idle + 1))
    [ "$collected" = "$before" ] || idle=0
    round=$((round + 1))
  done
}
trap end EXIT
SCRIPT
}
[[- end -]]

[[- /*
  How buildah and skopeo reach registries: which ones lack a certificate, and whose credentials to use.
  In registries.conf each is a [[ "[[registry]]" ]]: two brackets that are not ours.
*/ -]]
[[- define "registries" -]]
template {
  destination = "local/registries.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# The home folder is where both tools look for registries; it has to belong to this task's user.
export HOME=/tmp/home
mkdir -p "$HOME/.config/containers/registries.conf.d"
if [ -f /local/registries.conf ]; then
  cp /local/registries.conf "$HOME/.config/containers/registries.conf.d/nomad-build.conf"
fi
if [ -f /secrets/auth.json ]; then
  export REGISTRY_AUTH_FILE=/secrets/auth.json
fi

# is_refusal LOG: whether the registry has said no, which it will say again.
is_refusal() {
  grep -qiE 'unauthorized|denied|forbidden|authentication required' "$1"
}

# fail_at_registry STATUS LOG MESSAGE: end with what the registry has answered.
fail_at_registry() {
  cat "$2"
  if is_refusal "$2"; then
    fail push_denied "$1" "$3: the registry refused it"
  fi
  fail registry_unreachable "$1" "$3"
}
SCRIPT
}
[[- with var "insecure_registries" . ]]

template {
  destination = "local/registries.conf"
  change_mode = "noop"
  data        = <<CONF
[[- range . ]]
[[ "[[registry]]" ]]
location = [[ . | quote ]]
insecure = true
[[- end ]]
CONF
}
[[- end ]]
[[- with var "registry_credentials" . ]]

template {
  destination = "secrets/auth.json"
  perms       = "0400"
  uid         = 1000
  gid         = 1000
  change_mode = "noop"
  data        = <<JSON
[[ template "open_secret" . ]]{"auths": {"{{ base64Decode "[[ template "registry_host" $ ]]" }}": {"auth": "{{ printf "%s:%s" .username .password | base64Encode }}"}}}[[ template "close_secret" . ]]
JSON
}
[[- end ]]
[[- end -]]

[[- /* The registry's name in an image's name, as base64. */ -]]
[[- define "registry_host" ]][[ splitList "/" (var "staging_image" .) | first | b64enc ]][[ end -]]

[[- /*
  Open a secret by reference, so that its fields can be read: "nomad:PATH" is a Nomad Variable,
  "vault:PATH" a secret of Vault's KV version 2. The path is given by somebody: it travels as base64.
*/ -]]
[[- define "open_secret" -]]
[[ if hasPrefix "vault:" . -]]
{{ with secret (base64Decode "[[ trimPrefix "vault:" . | b64enc ]]") }}{{ with .Data.data }}
[[- else -]]
{{ with nomadVar (base64Decode "[[ trimPrefix "nomad:" . | b64enc ]]") }}
[[- end ]]
[[- end -]]
[[- define "close_secret" -]]
[[ if hasPrefix "vault:" . ]]{{ end }}[[ end ]]{{ end }}
[[- end -]]

[[- /* A task with this block may read from Vault by its workload identity; it never sees the token. */ -]]
[[- define "vault" -]]
vault {
  role         = [[ . | quote ]]
  env          = false
  disable_file = true
  change_mode  = "noop"
}
[[- end -]]
