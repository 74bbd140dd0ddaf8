[[- /* What the tasks with Buildah have in common, whichever of them a build has. */ -]]

[[- define "docker_network" ]]
[[- with . ]]
[[- /* packgen:ignore host-namespace: only for an operator who asks for it */]]
network_mode = [[ . | quote ]]
[[- end ]]
[[- end -]]

[[- /* How the driver runs Buildah: dict "pack" . "script" NAME "seconds" N "network" MODE. */ -]]
[[- define "buildah_config" -]]
[[- $pack := .pack -]]
config {
[[- /* packgen:ignore floating-tag: the operator names the image, and pins it if he likes */]]
  image        = [[ var "builder_image" $pack | quote ]]
  entrypoint   = ["timeout", "-k", "10", "[[ .seconds ]]", "/bin/sh", "/local/[[ .script ]].sh"]
  cap_drop     = ["all"]
  cap_add      = ["setuid", "setgid", "sys_chroot"]
[[- /* packgen:ignore unconfined-task: rootless Buildah makes namespaces, which a default profile forbids; a variable names a better one */]]
  security_opt = [[ var "security_opt" $pack | toStringList ]]
[[- if .gpu ]]
  runtime      = "nvidia"
[[- end ]]
[[- template "docker_network" .network ]]
}
[[- end -]]

[[- define "store_env" -]]
BUILDAH_ISOLATION = "chroot"
STORAGE_DRIVER    = [[ var "storage_driver" . | quote ]]
STORE             = [[ if var "cache_volume" . ]][[ printf "/cache/%s" (var "cache_scope" .) | quote ]][[ else ]]"/alloc/data/store"[[ end ]]
[[- end -]]

[[- define "cache_mount" ]]
[[- if var "cache_volume" . ]]

volume_mount {
  volume      = "cache"
  destination = "/cache"
}
[[- end ]]
[[- end -]]

[[- /* The scripts that all of them take in. */ -]]
[[- define "buildah_scripts" -]]
[[ template "functions_script" . ]]

[[ template "disk_script" . ]]

[[ template "network_script" . ]]

[[ template "store_script" . ]]

[[ template "preflight_script" . ]]
[[- template "network_inputs" . ]]
[[- end -]]

[[- /* Two more tasks, for a build without a network: one before it and one after. */ -]]
[[- define "base_task" ]]

# Fetches the images that the build is based on, by the network that the build does not have.
task "base" {
  driver = "docker"
  user   = "build"

  lifecycle {
    hook = "prestart"
  }

  [[ template "buildah_config" (dict "pack" . "script" "base" "seconds" (add (var "source_timeout" .) (var "build_timeout" .)) "gpu" false "network" (var "network_mode" .)) ]]

  env {
    [[ template "store_env" . ]]
  }
[[- template "cache_mount" . ]]
[[- template "vault_for" (dict "references" (list (var "registry_credentials" .)) "role" (var "vault_role" .)) ]]

  [[ template "buildah_scripts" . ]]

  [[ template "registries" . ]]

  [[ template "request_script" . ]]

  [[ template "arguments_script" . ]]

  [[ template "base_script" . ]]

  [[ template "base_inputs" . ]]

  resources {
    cpu    = 200
    memory = 512
  }
}
[[- end -]]

[[- define "stage_task" ]]

# Pushes what was built to the staging repository. No step of the Dockerfile has run in it.
task "stage" {
  driver = "docker"
  user   = "build"

  [[ template "buildah_config" (dict "pack" . "script" "stage" "seconds" (var "build_timeout" .) "gpu" false "network" (var "network_mode" .)) ]]

  env {
    [[ template "store_env" . ]]
  }
[[- template "cache_mount" . ]]
[[- template "vault_for" (dict "references" (list (var "registry_credentials" .)) "role" (var "vault_role" .)) ]]

  [[ template "buildah_scripts" . ]]

  [[ template "registries" . ]]

  [[ template "push_script" . ]]

  [[ template "stage_script" . ]]

  [[ template "input" (dict "name" "staging_image" "value" (var "staging_image" .)) ]]

  resources {
    cpu    = 200
    memory = 512
  }
}
[[- end -]]
