[[- define "build_script" -]]
template {
  destination = "local/build.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Build the Dockerfile with rootless Buildah and push the image to its staging repository.
set -u
. /local/functions.sh
. /local/disk.sh
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
run_buildah() { # in a process of its own, which attend makes; the lock stays with this shell
  exec buildah --root "$STORE/storage" --runroot /tmp/run --storage-driver "$STORAGE_DRIVER" "$@" 9>&-
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
if ! flock --shared --nonblock 9; then
  say "waiting for the store: it is being cleaned"
  attend flock --shared 9
fi

# Where a build failed buildah leaves the step's container, as large as what the step wrote. A build that is alone in a
# store which stays removes it; otherwise it is left to whoever has the store alone next.
remove_containers() {
  [ "$STORE" = /cache ] || return 0
  flock --exclusive --nonblock 9 && attend_into /local/remove.log run_buildah rm --all
}

# What buildah has written to the log as its last word: where it could not write a layer it has tidied up since, and only
# this tells. The words of a step are not its own, and whatever they quote, their line ends otherwise.
is_out_of_room() {
  collect "nomad-build: $failed" || return
  collected | grep -xF -B 1 "nomad-build: $failed" | grep -qiE '^Error: .*no space left on device[)"]*$'
}

say "building $dockerfile"
attend run_buildah build --layers --file "$source/$dockerfile" --iidfile /local/image_id "$source"
status=$?
if [ "$status" -ne 0 ]; then
  failed="the build of $dockerfile failed"
  full=$(full_folder "$STORE" "$NOMAD_ALLOC_DIR" /tmp)
  say "$failed"
  [ -n "$full" ] || ! is_out_of_room || full=$(describe_room "$STORE")
  remove_containers
  [ -z "$full" ] || fail_full "$status" "$failed" "$full"
  fail step_failed "$status" "$failed; the lines above say at which step"
fi

say "staging the image as $staging"
attend_into /local/push.log run_buildah push --quiet --retry 1 --retry-delay 1s --digestfile /local/digest \
  "$(cat /local/image_id)" "docker://$staging"
status=$?
if [ "$status" -ne 0 ]; then
  fail_if_full "$status" "the image could not be pushed to $staging" /local/push.log "$STORE" "$NOMAD_ALLOC_DIR" /tmp
  fail_at_registry "$status" /local/push.log "the image could not be pushed to $staging"
fi
cp /local/digest "$results/digest"
say "staged $(cat "$results/digest")"
SCRIPT
}
[[- end -]]
