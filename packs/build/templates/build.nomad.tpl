[[- $gpu := gt (var "gpu_count" .) 0 -]]
[[- $offline := eq (var "build_network" .) "none" -]]
[[- if not (regexMatch "^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$" (var "cache_scope" .)) ]]
[[- fail "cache_scope has to be the name of a folder: up to 64 letters, digits, _, ., @ and -, and first a letter or a digit" ]]
[[- end -]]
[[- if not (has (var "build_network" .) (list "" "none")) ]][[ fail "build_network has to be empty or none" ]][[ end -]]
[[- if not (has (var "git_credentials_type" .) (list "password" "ssh_key")) ]][[ fail "git_credentials_type has to be password or ssh_key" ]][[ end -]]
[[- if not (has (var "image_format" .) (list "oci" "docker")) ]][[ fail "image_format has to be oci or docker" ]][[ end -]]
job [[ printf "build-%s" (var "build_id" .) | quote ]] {
  [[ template "placement" . ]]

  meta {
    build_id = [[ var "build_id" . | quote ]]
    phase    = "build"
    variant  = [[ var "variant" . | quote ]]
  }

  group "build" {
    [[ template "run_once" . ]]

    ephemeral_disk {
      size = [[ var "disk" . ]]
    }
[[- with var "cache_volume" . ]]

    volume "cache" {
      type   = "host"
      source = [[ . | quote ]]
    }
[[- end ]]

    # Fetches the commit into the shared allocation folder. The only task that sees Git's credentials.
    task "source" {
      driver = "docker"
      user   = "1000:1000"

      lifecycle {
        hook = "prestart"
      }

      config {
[[- /* packgen:ignore floating-tag: the operator names the image, and pins it if he likes */]]
        image      = [[ var "source_image" . | quote ]]
        entrypoint = ["timeout", "-k", "10", "[[ var "source_timeout" . ]]", "/bin/sh", "/local/source.sh"]
        cap_drop   = ["all"]
[[- template "docker_network" (var "network_mode" .) ]]
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
[[- template "network_inputs" . ]]

      [[ template "input" (dict "name" "repo_url" "value" (var "repo_url" .)) ]]

      [[ template "input" (dict "name" "git_ref" "value" (var "git_ref" .)) ]]
[[- template "wish" (dict "name" "submodules" "value" (var "submodules" .)) ]]
[[- template "wish" (dict "name" "lfs" "value" (var "lfs" .)) ]]
[[- template "git_credentials" . ]]

      resources {
        cpu    = 200
        memory = 256
      }
    }
[[- if $offline ]]
[[ template "base_task" . ]]
[[- end ]]

    # Builds the Dockerfile without privileges[[ if not $offline ]] and pushes the result to the staging repository[[ end ]].
    task "build" {
      driver = "docker"
      user   = "build"
[[- if $offline ]]

      lifecycle {
        hook = "prestart"
      }

      [[ template "buildah_config" (dict "pack" . "script" "build" "seconds" (add (var "source_timeout" .) (var "build_timeout" .)) "gpu" $gpu "network" "none") ]]
[[- else ]]

      [[ template "buildah_config" (dict "pack" . "script" "build" "seconds" (var "build_timeout" .) "gpu" $gpu "network" (var "network_mode" .)) ]]
[[- end ]]

      env {
        [[ template "store_env" . ]]
        BUILD_NETWORK     = [[ var "build_network" . | quote ]]
      }
[[- template "cache_mount" . ]]
[[- $references := list (var "ssh_key" .) ]]
[[- range var "build_secrets" . ]][[ $references = append $references . ]][[ end ]]
[[- if not $offline ]][[ $references = append $references (var "registry_credentials" .) ]][[ end ]]
[[- template "vault_for" (dict "references" $references "role" (var "vault_role" .)) ]]

      [[ template "buildah_scripts" . ]]

      [[ template "request_script" . ]]

      [[ template "arguments_script" . ]]

      [[ template "options_script" . ]]

      [[ template "push_script" . ]]

      [[ template "build_script" . ]]
[[- if $offline ]]

      [[ template "registries_script" . ]]
[[- else ]]

      [[ template "registries" . ]]

      [[ template "input" (dict "name" "staging_image" "value" (var "staging_image" .)) ]]
[[- end ]]

      [[ template "build_inputs" . ]]

      resources {
        cpu    = [[ var "cpu" . ]]
        memory = [[ var "memory" . ]]
[[- if $gpu ]]

        device "nvidia/gpu" {
          count = [[ var "gpu_count" . ]]
        }
[[- end ]]
      }
    }
[[- if $offline ]]
[[ template "stage_task" . ]]
[[- end ]]
  }
}
