[[- /* What the tasks that copy and publish have in common; the script is called as its task. */ -]]
[[- define "place_task" -]]
[[- $root := .root -]]
driver = "docker"
user   = "1000:1000"

config {
[[- /* packgen:ignore floating-tag: the operator names the image, and pins it if he likes */]]
  image      = [[ var "copy_image" $root | quote ]]
  entrypoint = ["timeout", "-k", "10", "[[ var "publish_timeout" $root ]]", "/bin/sh", "/local/[[ .script ]].sh"]
  cap_drop   = ["all"]
[[- with var "network_mode" $root ]]
[[- /* packgen:ignore host-namespace: only for an operator who asks for it */]]
  network_mode = [[ . | quote ]]
[[- end ]]
}

env {
  PLACE_COUNT      = "[[ len .places ]]"
  PUBLISH_TIMEOUT  = "[[ var "publish_timeout" $root ]]"
  REGISTRY_TIMEOUT = "[[ var "registry_timeout" $root ]]"
  SBOM             = [[ var "sbom" $root | quote ]]
}
[[- if .vault ]]

[[ template "vault" (var "vault_role" $root) ]]
[[- end ]]

[[ template "functions_script" $root ]]

[[ template "network_script" $root ]]

[[ template "places_script" ]]

[[ template "questions_script" ]]

[[ template "placing_script" ]]

[[ template "registries_script" $root ]]
[[- template "insecure_registries" $root ]]

[[- template "logins" (dict "staging_image" (var "staging_image" $root) "places" .places) ]]

[[ template "input" (dict "name" "staging_image" "value" (var "staging_image" $root)) ]]

[[ template "input" (dict "name" "digest" "value" (var "digest" $root)) ]]
[[- range $index, $place := .places ]]

[[ template "input" (dict "name" (printf "image_%d" (add1 $index)) "value" $place.image) ]]

[[ template "input" (dict "name" (printf "tags_%d" (add1 $index)) "value" ($place.tags | join "\n")) ]]
[[- end ]]
[[- template "network_inputs" $root ]]

resources {
  cpu    = [[ var "cpu" $root ]]
  memory = [[ var "memory" $root ]]
}
[[- end -]]

[[- /*
  The scanner's image has no shell: it is told everything by its command line and its environment. The image to scan comes from a
  file like everything that is given, and the driver puts it where its name stands; nothing looks into it once more.
*/ -]]
[[- define "sbom_task" -]]
[[- $root := .root -]]
[[- $host := splitList "/" (var "image" $root) | first -]]
driver = "docker"
user   = "1000:1000"

config {
  image    = [[ var "sbom_image" $root | quote ]]
  args     = ["scan", "registry:[[ "${SUBJECT}" ]]", "--output", [[ printf "%s-json=/alloc/data/sbom.json" (var "sbom" $root) | quote ]], "--quiet"]
  cap_drop = ["all"]
[[- with var "network_mode" $root ]]
[[- /* packgen:ignore host-namespace: only for an operator who asks for it */]]
  network_mode = [[ . | quote ]]
[[- end ]]
}

env {
  DOCKER_CONFIG             = "/secrets"
  HOME                      = "/local"
[[- if var "ca_certificates" $root ]]
  SSL_CERT_DIR              = "/local/certificates" # besides the file that the image has
[[- end ]]
  SYFT_CHECK_FOR_APP_UPDATE = "false"
  SYFT_FORMAT_PRETTY        = "true"
[[- if has $host (var "insecure_registries" $root) ]]
  SYFT_REGISTRY_INSECURE_SKIP_TLS_VERIFY = "true"
  SYFT_REGISTRY_INSECURE_USE_HTTP        = "true"
[[- end ]]
  TMPDIR                    = "/local"
}
[[- if hasPrefix "vault:" (var "registry_credentials" $root) ]]

[[ template "vault" (var "vault_role" $root) ]]
[[- end ]]

template {
  destination = "local/given.env"
  change_mode = "noop"
  env         = true
  data        = <<ENV
SUBJECT={{ base64Decode "[[ printf "%s@%s" (var "image" $root) (var "digest" $root) | toJson | b64enc ]]" }}
[[- with var "http_proxy" $root ]]
HTTP_PROXY={{ base64Decode "[[ . | toJson | b64enc ]]" }}
[[- end ]]
[[- with var "https_proxy" $root ]]
HTTPS_PROXY={{ base64Decode "[[ . | toJson | b64enc ]]" }}
[[- end ]]
[[- with var "no_proxy" $root ]]
NO_PROXY={{ base64Decode "[[ . | toJson | b64enc ]]" }}
[[- end ]]
ENV
}
[[- with var "ca_certificates" $root ]]

template {
  destination = "local/certificates/given.pem"
  change_mode = "noop"
  data        = "{{ base64Decode \"[[ . | b64enc ]]\" }}"
}
[[- end ]]
[[- with var "registry_credentials" $root ]]

template {
  destination = "secrets/config.json"
  perms       = "0400"
  uid         = 1000
  gid         = 1000
  change_mode = "noop"
  data        = <<JSON
[[ template "open_secret" . ]]{"auths": { {{- base64Decode "[[ $host | toJson | b64enc ]]" }}: {"auth": "{{ printf "%s:%s" .username .password | base64Encode }}"}}}[[ template "close_secret" . ]]
JSON
}
[[- end ]]

resources {
  cpu    = [[ var "sbom_cpu" $root ]]
  memory = [[ var "sbom_memory" $root ]]
}
[[- end -]]
