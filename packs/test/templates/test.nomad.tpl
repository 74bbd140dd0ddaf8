job [[ printf "test-%s" (var "build_id" .) | quote ]] {
  [[ template "placement" . ]]

  meta {
    build_id = [[ var "build_id" . | quote ]]
    phase    = "test"
    variant  = [[ var "variant" . | quote ]]
  }

  group "test" {
    [[ template "run_once" . ]]

    ephemeral_disk {
      size = [[ var "disk" . ]]
    }

    # Runs in the image that was built, as its own user and with the driver's own confinement. No credentials here.
    task "test" {
      driver = "docker"

      config {
        image      = [[ var "image" . | quote ]]
        entrypoint = ["/bin/sh", "/local/test.sh"]
[[- if gt (var "gpu_count" .) 0 ]]
        runtime    = "nvidia"
[[- end ]]
[[- with var "network_mode" . ]]
[[- /* packgen:ignore host-namespace: only for an operator who asks for it */]]
        network_mode = [[ . | quote ]]
[[- end ]]
      }

      env {
        COMMAND_TIMEOUT = "[[ var "command_timeout" . ]]"
      }

      [[ template "functions_script" . ]]

      [[ template "test_script" . ]]
[[- range $index, $command := var "commands" . ]]

      [[ template "input" (dict "name" (printf "command_%03d" (add1 $index)) "value" $command) ]]
[[- end ]]

      resources {
        cpu    = [[ var "cpu" . ]]
        memory = [[ var "memory" . ]]
[[- if gt (var "gpu_count" .) 0 ]]

        device "nvidia/gpu" {
          count = [[ var "gpu_count" . ]]
        }
[[- end ]]
      }
    }
  }
}
