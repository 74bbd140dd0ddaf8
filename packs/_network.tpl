[[- /*
  How a task reaches the world: by which proxy, and whose certificates it trusts besides those of its image. Both are
  given by somebody, so they are files; what the programs read is made of them when the task starts.
*/ -]]
[[- define "network_script" -]]
template {
  destination = "local/network.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Proxies and certificates for git, buildah, skopeo and curl. Buildah hands the proxies on to the steps of a build.
# set_proxy NAME ALIAS: curl wants the first one in lower case, others look for upper case alone.
set_proxy() {
  [ -f "$NOMAD_TASK_DIR/input/$1" ] || return 0
  proxy=$(input "$1")
  export "$1=$proxy" "$2=$proxy"
}
set_proxy http_proxy HTTP_PROXY
set_proxy https_proxy HTTPS_PROXY
set_proxy no_proxy NO_PROXY

if [ -f "$NOMAD_TASK_DIR/input/ca_certificates" ]; then
  export SSL_CERT_FILE=/local/certificates.pem
  export GIT_SSL_CAINFO="$SSL_CERT_FILE" CURL_CA_BUNDLE="$SSL_CERT_FILE"
  for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    [ ! -f "$bundle" ] || break
  done
  { cat "$bundle" 2>/dev/null; echo; input ca_certificates; } >"$SSL_CERT_FILE"
fi
SCRIPT
}
[[- end -]]

[[- define "network_inputs" ]]
[[- with var "ca_certificates" . ]]

[[ template "input" (dict "name" "ca_certificates" "value" .) ]]
[[- end ]]
[[- with var "http_proxy" . ]]

[[ template "input" (dict "name" "http_proxy" "value" .) ]]
[[- end ]]
[[- with var "https_proxy" . ]]

[[ template "input" (dict "name" "https_proxy" "value" .) ]]
[[- end ]]
[[- with var "no_proxy" . ]]

[[ template "input" (dict "name" "no_proxy" "value" .) ]]
[[- end ]]
[[- end -]]
