[[- define "publish_script" -]]
template {
  destination = "local/publish.sh"
  change_mode = "noop"
  data        = <<-SCRIPT
    # Give the tested image its names, then take it out of staging.
    set -u
    . /local/functions.sh

    export HOME=/local CONTAINERS_REGISTRIES_CONF=/local/registries.conf
    if [ -f /secrets/auth.json ]; then
      export REGISTRY_AUTH_FILE=/secrets/auth.json
    fi
    staging=$(input staging_image)
    digest=$(input digest)
    image=$(input image)
    # REGISTRY/REPOSITORY:TAG without its tag; a port's colon comes before the last slash.
    repository=$(printf '%s' "$staging" | sed 's|:[^/]*$||')

    copy() {
      skopeo --insecure-policy copy --quiet --preserve-digests "docker://$1" "docker://$2" >/local/copy.log 2>&1
      status=$?
      cat /local/copy.log
      if [ "$status" -ne 0 ]; then
        if grep -qiE 'unauthorized|denied|forbidden|authentication required' /local/copy.log; then
          fail push_denied "$status" "the registry refused $2"
        fi
        fail registry_unreachable "$status" "$1 could not be copied to $2"
      fi
    }

    # Everything but the names first: when this fails no tag has moved.
    copy "$repository@$digest" "$image@$digest"
    for tag in $(input tags); do
      copy "$image@$digest" "$image:$tag"
      say "published $image:$tag"
    done

    # The build has succeeded by now; a registry that cannot delete only keeps a leftover.
    skopeo --insecure-policy delete "docker://$repository@$digest" ||
      say "warning: $staging was not removed from staging; does the registry allow deletes?"
  SCRIPT
}
[[- end -]]
