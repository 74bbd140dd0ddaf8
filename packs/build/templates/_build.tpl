[[- define "build_script" -]]
template {
  destination = "local/build.sh"
  change_mode = "noop"
  data        = <<-SCRIPT
    # Build the Dockerfile with rootless Buildah and push the image to its staging repository.
    set -u
    . /local/functions.sh

    source=$NOMAD_ALLOC_DIR/data/source
    dockerfile=$(input dockerfile_path)
    staging=$(input staging_image)

    # Layers, cache mounts and what is known of pushed layers live in the store, so that the next build
    # finds them. The run root is this container's own. All of it is said by flags, and the configuration
    # names no mount program: a store that was once opened with one can never be used without it.
    mkdir -p "$STORE/storage" "$STORE/tmp" "$STORE/data" 2>/dev/null ||
      fail internal 1 "the store $STORE is not writable by uid $(id -u): chown 1000:1000 the host volume's folder"
    export HOME=/local TMPDIR=$STORE/tmp XDG_DATA_HOME=$STORE/data CONTAINERS_STORAGE_CONF=/local/storage.conf
    printf '[storage]\ndriver = "%s"\n' "$STORAGE_DRIVER" >"$CONTAINERS_STORAGE_CONF"
    if [ -f /secrets/auth.json ]; then
      export REGISTRY_AUTH_FILE=/secrets/auth.json
    fi
    run_buildah() {
      buildah --root "$STORE/storage" --runroot /tmp/run --storage-driver "$STORAGE_DRIVER" "$@"
    }

    [ -f "$source/$dockerfile" ] ||
      fail dockerfile_missing 1 "the commit has no file $dockerfile (looked from the root of the repository)"

    # Builds share the store; whoever cleans it must have it alone.
    exec 9>>"$STORE/lock"
    flock --shared 9

    say "building $dockerfile"
    run_buildah build --layers --file "$source/$dockerfile" --iidfile /local/image_id "$source"
    status=$?
    [ "$status" -eq 0 ] || fail step_failed "$status" "the build of $dockerfile failed; the lines above say at which step"

    say "staging the image as $staging"
    run_buildah push --quiet --retry 1 --retry-delay 1s --digestfile /local/digest "$(cat /local/image_id)" "docker://$staging" >/local/push.log 2>&1
    status=$?
    cat /local/push.log
    if [ "$status" -ne 0 ]; then
      if grep -qiE 'unauthorized|denied|forbidden|authentication required' /local/push.log; then
        fail push_denied "$status" "the registry refused $staging"
      fi
      fail registry_unreachable "$status" "the image could not be pushed to $staging"
    fi
    cp /local/digest "$results/digest"
    say "staged $(cat "$results/digest")"
  SCRIPT
}
[[- end -]]
