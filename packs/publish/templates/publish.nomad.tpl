[[- if not (has (var "sbom" .) (list "" "spdx" "cyclonedx")) -]]
[[- fail "sbom is not one of spdx, cyclonedx, and not empty" -]]
[[- end -]]
[[- $name := printf "publish-%s" (var "build_id" .) -]]
[[- if gt (var "attempt" .) 1 -]]
[[- $name = printf "%s-%v" $name (var "attempt" .) -]]
[[- end -]]
[[- $places := list (dict "image" (var "image" .) "tags" (var "tags" .) "credentials" (var "registry_credentials" .)) -]]
[[- range var "destinations" . -]]
[[- $places = append $places . -]]
[[- end -]]
[[- $vault := false -]]
[[- range $places -]]
[[- if hasPrefix "vault:" .credentials -]][[- $vault = true -]][[- end -]]
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
[[- if var "sbom" . ]]

    # Before the scan: what is scanned is the image where it stays, so that a run after a good one finds it too.
    task "copy" {
      lifecycle {
        hook = "prestart"
      }

      [[ template "place_task" (dict "root" . "places" $places "vault" $vault "script" "copy") ]]

      [[ template "copy_script" ]]
    }

    # Beside publishing, which waits for what this one finds. When it fails Nomad stops the other one.
    task "sbom" {
      [[ template "sbom_task" (dict "root" .) ]]
    }
[[- end ]]

    # Copies the tested digest inside the registry: manifest and blobs by reference, no layer passes through here.
    task "publish" {
      [[ template "place_task" (dict "root" . "places" $places "vault" $vault "script" "publish") ]]

      [[ template "evidence_script" ]]

      [[ template "publish_script" ]]
[[- with var "provenance" . ]]

      [[ template "input" (dict "name" "provenance" "value" .) ]]
[[- end ]]
    }
  }
}
