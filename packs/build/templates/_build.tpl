[[- define "build_script" -]]
template {
  destination = "local/build.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Build the Dockerfile with rootless Buildah and push the image to its staging repository.
set -u
. /local/functions.sh
. /local/registries.sh

source=$NOMAD_ALLOC_DIR/data/source
dockerfile=$(input dockerfile_path)
staging=$(input staging_image)

# Layers, cache mounts and what is known of pushed layers live in the store, so that the next build
# finds them. The run root is this container's own. All of it is said by flags, and the configuration
# names no mount program: a store that was once opened with one can never be used without it.
mkdir -p "$STORE/storage" "$STORE/tmp" "$STORE/data" 2>/dev/null ||
  fail internal 1 "the store $STORE is not writable by uid $(id -u): chown 1000:1000 the host volume's folder"
export TMPDIR="$STORE/tmp" XDG_DATA_HOME="$STORE/data" CONTAINERS_STORAGE_CONF=/local/storage.conf
printf '[storage]\ndriver = "%s"\n' "$STORAGE_DRIVER" >"$CONTAINERS_STORAGE_CONF"
run_buildah() {
  buildah --root "$STORE/storage" --runroot /tmp/run --storage-driver "$STORAGE_DRIVER" "$@"
}

[ -f "$source/$dockerfile" ] ||
  fail dockerfile_missing 1 "the commit has no file $dockerfile (looked from the root of the repository)"
# This task can read the registry's credentials. A link could make them the Dockerfile, and of a file
# named so buildah makes the C preprocessor's input, which may include them.
case $(readlink -f "$source/$dockerfile") in
  "$(readlink -f "$source")"/*) ;;
  *) fail dockerfile_missing 1 "$dockerfile is a link that leads out of the repository" ;;
esac
case $dockerfile in
  *.in) fail dockerfile_missing 1 "$dockerfile cannot be built: a name that ends in .in asks for a preprocessor" ;;
esac

# Builds share the store; whoever cleans it must have it alone.
exec 9>>"$STORE/lock"
flock --shared 9

say "building $dockerfile"
run_buildah build --layers --file "$source/$dockerfile" --iidfile /local/image_id "$source"
status=$?
[ "$status" -eq 0 ] || fail step_failed "$status" "the build of $dockerfile failed; the lines above say at which step"

say "staging the image as $staging"
run_buildah push --quiet --retry 1 --retry-delay 1s --digestfile /local/digest \
  "$(cat /local/image_id)" "docker://$staging" >/local/push.log 2>&1 ||
  fail_at_registry $? /local/push.log "the image could not be pushed to $staging"
cp /local/digest "$results/digest"
say "staged $(cat "$results/digest")"
SCRIPT
}
[[- end -]]
