[[- $gpu := gt (var "gpu_count" .) 0 -]]
[[- $cache := var "cache_volume" . -]]
[[- $network := var "network_mode" . -]]
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
[[- if $cache ]]

    volume "cache" {
      type   = "host"
      source = [[ $cache | quote ]]
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
[[- if $network ]]
[[- /* packgen:ignore host-namespace: only for an operator who asks for it */]]
        network_mode = [[ $network | quote ]]
[[- end ]]
      }

      env {
        GIT_ALLOW_PROTOCOL = [[ var "git_protocols" . | join ":" | quote ]]
      }
[[- if hasPrefix "vault:" (var "git_credentials" .) ]]

      [[ template "vault" (var "vault_role" .) ]]
[[- end ]]

      [[ template "functions_script" . ]]

      [[ template "disk_script" . ]]

      [[ template "source_script" . ]]

      [[ template "input" (dict "name" "repo_url" "value" (var "repo_url" .)) ]]

      [[ template "input" (dict "name" "git_ref" "value" (var "git_ref" .)) ]]
[[- with var "git_credentials" . ]]

      [[ template "git_credentials" (dict "field" "username" "reference" .) ]]

      [[ template "git_credentials" (dict "field" "password" "reference" .) ]]
[[- end ]]

      resources {
        cpu    = 200
        memory = 256
      }
    }

    # Builds the Dockerfile without privileges and pushes the result to the staging repository.
    task "build" {
      driver = "docker"
      user   = "build"

      config {
[[- /* packgen:ignore floating-tag: the operator names the image, and pins it if he likes */]]
        image        = [[ var "builder_image" . | quote ]]
        entrypoint   = ["timeout", "-k", "10", "[[ var "build_timeout" . ]]", "/bin/sh", "/local/build.sh"]
        cap_drop     = ["all"]
        cap_add      = ["setuid", "setgid", "sys_chroot"]
[[- /* packgen:ignore unconfined-task: rootless Buildah makes namespaces, which a default profile forbids; a variable names a better one */]]
        security_opt = [[ var "security_opt" . | toStringList ]]
[[- if $gpu ]]
        runtime      = "nvidia"
[[- end ]]
[[- if $network ]]
[[- /* packgen:ignore host-namespace: only for an operator who asks for it */]]
        network_mode = [[ $network | quote ]]
[[- end ]]
      }

      env {
        BUILDAH_ISOLATION = "chroot"
        STORAGE_DRIVER    = [[ var "storage_driver" . | quote ]]
        STORE             = [[ if $cache ]]"/cache"[[ else ]]"/alloc/data/store"[[ end ]]
      }
[[- if $cache ]]

      volume_mount {
        volume      = "cache"
        destination = "/cache"
      }
[[- end ]]
[[- if hasPrefix "vault:" (var "registry_credentials" .) ]]

      [[ template "vault" (var "vault_role" .) ]]
[[- end ]]

      [[ template "functions_script" . ]]

      [[ template "disk_script" . ]]

      [[ template "build_script" . ]]

      [[ template "registries" . ]]

      [[ template "input" (dict "name" "dockerfile_path" "value" (var "dockerfile_path" .)) ]]

      [[ template "input" (dict "name" "staging_image" "value" (var "staging_image" .)) ]]

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
  }
}
