job [[ printf "prune-%s" (var "run_id" .) | quote ]] {
  [[ template "placement" . ]]
[[- with var "node_id" . ]]

  constraint {
    attribute = "${node.unique.id}"
    value     = [[ . | quote ]]
  }
[[- end ]]

  meta {
    run_id = [[ var "run_id" . | quote ]]
    phase  = "prune"
  }

  group "prune" {
    [[ template "run_once" . ]]

    ephemeral_disk {
      size = [[ var "disk" . ]]
    }

    volume "cache" {
      type   = "host"
      source = [[ var "cache_volume" . | quote ]]
    }

    # Cleans the stores in the layer cache of one node, alone with each; one that builds use is left as it is.
    task "prune" {
      driver = "docker"
      user   = "build"

      config {
[[- /* packgen:ignore floating-tag: the operator names the image, and pins it if he likes */]]
        image        = [[ var "builder_image" . | quote ]]
        entrypoint   = ["timeout", "-k", "10", "[[ var "prune_timeout" . ]]", "/bin/sh", "/local/prune.sh"]
        cap_drop     = ["all"]
        cap_add      = ["setuid", "setgid", "sys_chroot"]
[[- /* packgen:ignore unconfined-task: rootless Buildah makes namespaces, which a default profile forbids; a variable names a better one */]]
        security_opt = [[ var "security_opt" . | toStringList ]]
[[- with var "network_mode" . ]]
[[- /* packgen:ignore host-namespace: only for an operator who asks for it */]]
        network_mode = [[ . | quote ]]
[[- end ]]
      }

      env {
        CACHE          = "/cache"
        LOCK_TIMEOUT   = "[[ var "lock_timeout" . ]]"
        STORAGE_DRIVER = [[ var "storage_driver" . | quote ]]
      }

      volume_mount {
        volume      = "cache"
        destination = "/cache"
      }

      [[ template "functions_script" . ]]

      [[ template "store_script" . ]]

      [[ template "prune_script" . ]]

      resources {
        cpu    = [[ var "cpu" . ]]
        memory = [[ var "memory" . ]]
      }
    }
  }
}
