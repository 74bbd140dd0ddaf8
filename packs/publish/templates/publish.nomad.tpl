[[- $name := printf "publish-%s" (var "build_id" .) -]]
[[- if gt (var "attempt" .) 1 -]]
[[- $name = printf "%s-%v" $name (var "attempt" .) -]]
[[- end -]]
job [[ $name | quote ]] {
  [[ template "placement" . ]]

  meta {
    build_id = [[ var "build_id" . | quote ]]
    phase    = "publish"
    attempt  = "[[ var "attempt" . ]]"
  }

  group "publish" {
    [[ template "run_once" . ]]

    ephemeral_disk {
      size = [[ var "disk" . ]]
    }

    # Copies the tested digest inside the registry: manifest and blobs by reference, no layer passes through here.
    task "publish" {
      driver = "docker"
      user   = "1000:1000"

      config {
[[- /* packgen:ignore floating-tag: the operator names the image, and pins it if he likes */]]
        image      = [[ var "copy_image" . | quote ]]
        entrypoint = ["timeout", "-k", "10", "[[ var "publish_timeout" . ]]", "/bin/sh", "/local/publish.sh"]
        cap_drop   = ["all"]
[[- with var "network_mode" . ]]
[[- /* packgen:ignore host-namespace: only for an operator who asks for it */]]
        network_mode = [[ . | quote ]]
[[- end ]]
      }

      env {
        PUBLISH_TIMEOUT  = "[[ var "publish_timeout" . ]]"
        REGISTRY_TIMEOUT = "[[ var "registry_timeout" . ]]"
      }
[[- if hasPrefix "vault:" (var "registry_credentials" .) ]]

      [[ template "vault" (var "vault_role" .) ]]
[[- end ]]

      [[ template "functions_script" . ]]

      [[ template "publish_script" . ]]

      [[ template "registries" . ]]

      [[ template "input" (dict "name" "staging_image" "value" (var "staging_image" .)) ]]

      [[ template "input" (dict "name" "digest" "value" (var "digest" .)) ]]

      [[ template "input" (dict "name" "image" "value" (var "image" .)) ]]

      [[ template "input" (dict "name" "tags" "value" (var "tags" . | join "\n")) ]]

      resources {
        cpu    = [[ var "cpu" . ]]
        memory = [[ var "memory" . ]]
      }
    }
  }
}
