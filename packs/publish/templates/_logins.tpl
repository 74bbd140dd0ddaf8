[[- /*
  Who may read and write where. Each repository has its credentials, so that those of two repositories of one registry
  may differ: a key of auth.json is a repository (containers-auth.json(5)). What is given is written as JSON here, and as base64.
*/ -]]
[[- define "logins" -]]
[[- $staging := dict "image" (regexReplaceAll ":[^/]*$" .staging_image "") "credentials" (first .places).credentials -]]
[[- $logins := list -]]
[[- range prepend .places $staging -]]
[[- if .credentials -]][[- $logins = append $logins . -]][[- end -]]
[[- end -]]
[[- if $logins ]]

template {
  destination = "secrets/auth.json"
  perms       = "0400"
  uid         = 1000
  gid         = 1000
  change_mode = "noop"
  data        = <<JSON
{"auths": {
[[- range $index, $login := $logins ]]
[[- if $index ]],[[ end ]]
[[ template "open_secret" $login.credentials ]]{{ base64Decode "[[ $login.image | toJson | b64enc ]]" }}: {"auth": "{{ printf "%s:%s" .username .password | base64Encode }}"}[[ template "close_secret" $login.credentials ]]
[[- end ]]
}}
JSON
}
[[- end ]]
[[- range $index, $place := .places ]]
[[- with $place.credentials ]]

template {
  destination = "secrets/curl_[[ add1 $index ]].conf"
  perms       = "0400"
  uid         = 1000
  gid         = 1000
  change_mode = "noop"
  data        = <<CONF
[[ template "open_secret" . ]]header = "Authorization: Basic {{ printf "%s:%s" .username .password | base64Encode }}"[[ template "close_secret" . ]]
CONF
}

[[ template "secret_value" (dict "name" (printf "registry_password_%d" (add1 $index)) "reference" (printf "%s#password" .)) ]]
[[- end ]]
[[- end ]]
[[- end -]]
