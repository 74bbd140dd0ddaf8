[[- /* How buildah and skopeo reach registries: which ones lack a certificate, and whose credentials to use. */ -]]
[[- define "registries" -]]
[[ template "registries_script" . ]]
[[- template "insecure_registries" . ]]
[[- template "registry_credentials" . ]]
[[- end -]]

[[- define "registries_script" -]]
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

# is_absent LOG: whether the registry has said that there is no such image.
is_absent() {
  grep -qiE 'manifest unknown|name unknown|not found|may not exist' "$1"
}

# is_undeletable LOG: whether the registry has said that it deletes nothing.
is_undeletable() {
  grep -qiE ': unsupported(:|"|$)|method not allowed|status ?(code)?:? 405' "$1"
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
[[- end -]]

[[- /* In registries.conf each is a [[ "[[registry]]" ]]: two brackets that are not ours. */ -]]
[[- define "insecure_registries" ]]
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
[[- end -]]

[[- define "registry_credentials" ]]
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

[[ template "secret_value" (dict "name" "registry_password" "reference" (printf "%s#password" .)) ]]
[[- end ]]
[[- end -]]

[[- /* The registry's name in an image's name, as base64. */ -]]
[[- define "registry_host" ]][[ splitList "/" (var "staging_image" .) | first | b64enc ]][[ end -]]
