[[- define "prune_script" -]]
template {
  destination = "local/prune.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Remove what builds that died have left in the layer cache: working containers, and files of theirs. Images, layers and
# cache mounts stay. Each trust domain has a store of its own, a folder of the volume, which is cleaned under its own lock.
# It leaves in the file pruned how many containers are gone, or the word busy if no store could be cleaned.
set -u
. /local/functions.sh
. /local/store.sh

export HOME=/tmp/home
mkdir -p "$HOME"
[ -w "$CACHE" ] || fail host_unfit 1 "store: the cache $CACHE is not writable by uid $(id -u): chown $(id -u):$(id -g) the host volume's folder, on the node"

containers=0
cleaned=0
busy=

# prune_store FOLDER SECONDS: clean the store, once no build uses it; fail if one does so for longer. Builds hold the
# lock shared for as long as they use the store. One that comes now waits: be quick.
prune_store() {
  open_store "$1" || fail host_unfit 1 "store: $1 is not writable by uid $(id -u)"
  exec 9>>"$STORE/lock"
  attend flock --exclusive --timeout "$2" 9 || return
  attend_into /local/removed.log run_buildah rm --all
  status=$?
  if [ "$status" -ne 0 ]; then
    cat /local/removed.log
    fail internal "$status" "the containers in $STORE could not be removed"
  fi
  # What a build keeps in files beside the store belongs to its subordinate users, too. Cache mounts are no leftovers.
  attend_into /local/files.log run_buildah unshare \
    find "$STORE/tmp" -mindepth 1 -maxdepth 1 ! -name 'buildah-cache-*' -print -exec rm -rf -- {} +
  status=$?
  cat /local/files.log
  [ "$status" -eq 0 ] || fail internal "$status" "files in $STORE could not be removed"
  exec 9>&-
  removed=$(grep -cxE '[0-9a-f]{64}' /local/removed.log)
  containers=$((containers + removed))
  cleaned=$((cleaned + 1))
  say "$STORE: containers removed: $removed"
}

# First what nobody uses, then, within the time that there is, what somebody did.
for lock in "$CACHE"/*/lock; do
  store=$(dirname "$lock")
  if [ ! -f "$lock" ] || [ -L "$store" ]; then
    continue
  fi
  prune_store "$store" 0 || busy="$busy $store"
done
deadline=$(($(date +%s) + LOCK_TIMEOUT))
for store in $busy; do
  left=$((deadline - $(date +%s)))
  [ "$left" -gt 0 ] || left=0
  prune_store "$store" "$left" || say "$store is in use: nothing was removed"
done

if [ "$cleaned" -eq 0 ] && [ -n "$busy" ]; then
  echo busy >"$results/pruned"
else
  echo "$containers" >"$results/pruned"
fi
say "containers removed: $containers"
SCRIPT
}
[[- end -]]
