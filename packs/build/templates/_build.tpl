[[- define "build_script" -]]
template {
  destination = "local/build.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Build the Dockerfile with rootless Buildah; push the image to its staging repository, where there is a network.
set -u
. /local/functions.sh
. /local/disk.sh
. /local/network.sh
. /local/registries.sh
. /local/store.sh
. /local/preflight.sh
. /local/request.sh
. /local/push.sh

if [ "$BUILD_NETWORK" = none ]; then
  await base_ended
fi
open_fit_store "$STORE"
: >"$results/build_begun"
if [ "$BUILD_NETWORK" != none ] && asked clear_cache; then
  clear_store
fi
check_files
# Its lines are named when a step fails. No step has run yet that could have put a link in its place.
head -c 65536 "$source/$dockerfile" >"$results/dockerfile" 2>/dev/null

# Where a build failed buildah leaves the step's container, as large as what the step wrote. A build that is alone in a
# store which stays removes it; otherwise it is left to whoever has the store alone next.
remove_containers() {
  case $STORE in
    /cache/*) flock --exclusive --nonblock 9 && attend_into /local/remove.log run_buildah rm --all ;;
  esac
}

# What buildah has written to the log as its last word: where it could not write a layer it has tidied up since, and only
# this tells. The words of a step are not its own, and whatever they quote, their line ends otherwise.
is_out_of_room() {
  collect "nomad-build: $failed" || return
  collected | grep -xF -B 1 "nomad-build: $failed" | grep -qiE '^Error: .*no space left on device[)"]*$'
}

set --
. /local/arguments.sh
. /local/options.sh
say "building $dockerfile"
attend run_buildah build --layers "$@" --file "$(field "$source/$dockerfile")" --iidfile /local/image_id "$context"
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

if [ "$BUILD_NETWORK" = none ]; then
  cp /local/image_id "$results/image_id"
  say "built $(cat /local/image_id), which the task stage pushes"
else
  push_image "$(cat /local/image_id)"
fi
SCRIPT
}
[[- end -]]

[[- define "push_script" -]]
template {
  destination = "local/push.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# push_image ID: push an image of the store to staging and leave its digest.
push_image() {
  staging=$(input staging_image)
  say "staging the image as $staging"
  attend_into /local/push.log run_buildah push --quiet --retry 1 --retry-delay 1s --digestfile /local/digest \
    "$1" "docker://$staging"
  status=$?
  if [ "$status" -ne 0 ]; then
    fail_if_full "$status" "the image could not be pushed to $staging" /local/push.log "$STORE" "$NOMAD_ALLOC_DIR" /tmp
    fail_at_registry "$status" /local/push.log "the image could not be pushed to $staging"
  fi
  cp /local/digest "$results/digest"
  say "staged $(cat "$results/digest")"
}
SCRIPT
}
[[- end -]]
