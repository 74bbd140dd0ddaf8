[[- define "prune_script" -]]
template {
  destination = "local/prune.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Remove what builds that died have left in the layer cache: working containers, and files of theirs. Images, layers and
# cache mounts stay. It leaves in the file pruned how many containers are gone, or the word busy.
set -u
. /local/functions.sh

export HOME=/tmp/home CONTAINERS_STORAGE_CONF=/local/storage.conf
mkdir -p "$HOME"
printf '[storage]\ndriver = "%s"\n' "$STORAGE_DRIVER" >"$CONTAINERS_STORAGE_CONF"
run_buildah() { # in a process of its own, which attend makes; the lock stays with this shell
  exec buildah --root "$STORE/storage" --runroot /tmp/run --storage-driver "$STORAGE_DRIVER" "$@" 9>&-
}

# Builds hold this lock shared for as long as they use the store. One that comes now waits: be quick.
exec 9>>"$STORE/lock" || fail internal 1 "the cache $STORE is not writable by uid $(id -u)"
if ! attend flock --exclusive --timeout "$LOCK_TIMEOUT" 9; then
  echo busy >"$results/pruned"
  say "the cache is in use: nothing was removed"
  exit 0
fi

containers=0
if [ -d "$STORE/storage" ]; then
  attend_into /local/removed.log run_buildah rm --all
  status=$?
  if [ "$status" -ne 0 ]; then
    cat /local/removed.log
    fail internal "$status" "the containers in the cache could not be removed"
  fi
  containers=$(grep -cxE '[0-9a-f]{64}' /local/removed.log)
fi

# What a build keeps in files beside the store belongs to its subordinate users, too. Cache mounts are no leftovers.
if [ -d "$STORE/tmp" ]; then
  attend_into /local/files.log run_buildah unshare \
    find "$STORE/tmp" -mindepth 1 -maxdepth 1 ! -name 'buildah-cache-*' -print -exec rm -rf -- {} +
  status=$?
  cat /local/files.log
  [ "$status" -eq 0 ] || fail internal "$status" "files in the cache could not be removed"
fi

echo "$containers" >"$results/pruned"
say "containers removed: $containers"
SCRIPT
}
[[- end -]]
