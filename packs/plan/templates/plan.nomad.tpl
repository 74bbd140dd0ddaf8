[[- if not (has (var "git_credentials_type" .) (list "password" "ssh_key")) ]][[ fail "git_credentials_type has to be password or ssh_key" ]][[ end -]]
job [[ printf "plan-%s" (var "build_id" .) | quote ]] {
  [[ template "placement" . ]]

  meta {
    build_id = [[ var "build_id" . | quote ]]
    phase    = "plan"
  }

  group "plan" {
    [[ template "run_once" . ]]

    ephemeral_disk {
      size = [[ var "disk" . ]]
    }

    # Fetches the commit as a build does, and leaves its build file.
    task "source" {
      driver = "docker"
      user   = "1000:1000"

      config {
[[- /* packgen:ignore floating-tag: the operator names the image, and pins it if he likes */]]
        image      = [[ var "source_image" . | quote ]]
        entrypoint = ["timeout", "-k", "10", "[[ var "source_timeout" . ]]", "/bin/sh", "/local/plan.sh"]
        cap_drop   = ["all"]
[[- with var "network_mode" . ]]
[[- /* packgen:ignore host-namespace: only for an operator who asks for it */]]
        network_mode = [[ . | quote ]]
[[- end ]]
      }

      env {
        GIT_ALLOW_PROTOCOL = [[ var "git_protocols" . | join ":" | quote ]]
      }
[[- template "vault_for" (dict "references" (list (var "git_credentials" .)) "role" (var "vault_role" .)) ]]

      [[ template "functions_script" . ]]

      [[ template "disk_script" . ]]

      [[ template "network_script" . ]]

      [[ template "git_script" . ]]

      [[ template "source_script" . ]]

      [[ template "plan_script" . ]]
[[- template "network_inputs" . ]]

      [[ template "input" (dict "name" "repo_url" "value" (var "repo_url" .)) ]]

      [[ template "input" (dict "name" "git_ref" "value" (var "git_ref" .)) ]]

      [[ template "input" (dict "name" "build_file" "value" (var "build_file" .)) ]]
[[- template "git_credentials" . ]]

      resources {
        cpu    = [[ var "cpu" . ]]
        memory = [[ var "memory" . ]]
      }
    }
  }
}
