job [[ printf "cleanup-%s" (var "build_id" .) | quote ]] {
  [[ template "placement" . ]]

  meta {
    build_id = [[ var "build_id" . | quote ]]
    phase    = "cleanup"
  }

  group "cleanup" {
    [[ template "run_once" . ]]

    ephemeral_disk {
      size = [[ var "disk" . ]]
    }

    # Removes the staged image of a build that will not be published.
    task "cleanup" {
      driver = "docker"
      user   = "1000:1000"

      config {
[[- /* packgen:ignore floating-tag: the operator names the image, and pins it if he likes */]]
        image      = [[ var "copy_image" . | quote ]]
        entrypoint = ["timeout", "-k", "10", "[[ var "cleanup_timeout" . ]]", "/bin/sh", "/local/cleanup.sh"]
        cap_drop   = ["all"]
[[- with var "network_mode" . ]]
[[- /* packgen:ignore host-namespace: only for an operator who asks for it */]]
        network_mode = [[ . | quote ]]
[[- end ]]
      }

      env {
        REGISTRY_TIMEOUT = "[[ var "registry_timeout" . ]]"
      }
[[- if hasPrefix "vault:" (var "registry_credentials" .) ]]

      [[ template "vault" (var "vault_role" .) ]]
[[- end ]]

      [[ template "functions_script" . ]]

      [[ template "network_script" . ]]

      [[ template "cleanup_script" . ]]

      [[ template "registries" . ]]

      [[ template "input" (dict "name" "staging_image" "value" (var "staging_image" .)) ]]
[[- template "network_inputs" . ]]

      resources {
        cpu    = [[ var "cpu" . ]]
        memory = [[ var "memory" . ]]
      }
    }
  }
}
