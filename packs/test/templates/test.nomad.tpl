[[- if not (or (var "commands" .) (var "entry_point" .)) ]]
[[- fail "there is nothing to test: give commands, or entry_point" ]]
[[- end ]]
[[- if and (var "services" .) (eq (var "network" .) "none") ]]
[[- fail "services are reached by the network: they cannot be had with network none" ]]
[[- end ]]
[[- $shells := list ]]
[[- range $index, $command := var "commands" . ]]
[[- if eq (empty $command.shell) (empty $command.arguments) ]]
[[- fail (printf "command %d needs one of shell and arguments" (add1 $index)) ]]
[[- end ]]
[[- if $command.shell ]]
[[- $shells = append $shells (printf "test-%d" (add1 $index)) ]]
[[- end ]]
[[- end ]]
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
[[- if var "services" . ]]

    network {
      mode = "bridge"
    }
    [[ template "services" . ]]
[[- end ]]

    # Each test runs in the image that was built, as its own user and with the driver's own confinement.
[[- range $index, $command := var "commands" . ]]
    task "test-[[ add1 $index ]]" {
      driver = "docker"

      config {
        [[ template "test_config" $ ]]
[[- if $command.shell ]]
        entrypoint = ["/bin/sh", "/local/test.sh"]
[[- else ]]
        entrypoint = [[ template "literal" $command.arguments ]]
[[- end ]]
      }
      [[ template "test_environment" $ ]]
[[- if $command.shell ]]

      [[ template "functions_script" $ ]]

      [[ template "bound_script" $ ]]

      [[ template "test_script" $ ]]

      [[ template "input" (dict "name" "command" "value" $command.shell) ]]

      [[ template "input" (dict "name" "tests" "value" (join "\n" $shells)) ]]

      [[ template "input" (dict "name" "timeout" "value" (var "command_timeout" $ | toString)) ]]
[[- range $number, $path := var "reports" $ ]]

      [[ template "input" (dict "name" (printf "report_%03d" (add1 $number)) "value" $path) ]]
[[- end ]]
[[- end ]]

      [[ template "test_resources" $ ]]
    }
[[- end ]]
[[- if var "entry_point" . ]]

    # The image as it would run anywhere.
    task "entry-point" {
      driver = "docker"

      config {
        [[ template "test_config" . ]]
      }
      [[ template "test_environment" . ]]

      [[ template "test_resources" . ]]
    }
[[- end ]]
  }
}
