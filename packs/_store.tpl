[[- /*
  Buildah's store: layers, cache mounts and what is known of pushed layers, a folder for each trust domain. On a cache
  volume it stays for the next build, under a lock that builds share; who removes something has it alone.
*/ -]]
[[- define "store_script" -]]
template {
  destination = "local/store.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# The configuration names no mount program: a store that was once opened with one can never be used without it.
export CONTAINERS_STORAGE_CONF=/local/storage.conf
export XDG_RUNTIME_DIR=/tmp/runtime
(umask 077 && mkdir -p "$XDG_RUNTIME_DIR")
printf '[storage]\ndriver = "%s"\n' "$STORAGE_DRIVER" >"$CONTAINERS_STORAGE_CONF"

# The run root is this container's own. All of it is said by flags. To be attended, in a process of its own; the lock
# stays with this shell.
run_buildah() {
  exec buildah --root "$STORE/storage" --runroot /tmp/run --storage-driver "$STORAGE_DRIVER" "$@" 9>&-
}

# open_store FOLDER: choose the store, make it where there is none; fail where this user may not.
open_store() {
  STORE=$1
  export TMPDIR="$STORE/tmp" XDG_DATA_HOME="$STORE/data"
  mkdir -p "$STORE/storage" "$TMPDIR" "$XDG_DATA_HOME" 2>/local/store.log &&
    [ -w "$TMPDIR" ] && touch "$STORE/lock" 2>>/local/store.log
}

# share_store: hold the lock together with other builds, once nobody cleans the store any more.
share_store() {
  exec 9>>"$STORE/lock"
  if ! flock --shared --nonblock 9; then
    say "waiting for the store: it is being cleaned"
    attend flock --shared 9
  fi
}

# clear_store: remove all that the store holds, once no build uses it any more; then share it.
clear_store() {
  if ! flock --exclusive --nonblock 9; then
    say "waiting for the store: other builds use it"
    attend flock --exclusive 9
  fi
  attend_into /local/clear.log run_buildah unshare \
    find "$STORE" -mindepth 1 -maxdepth 1 ! -name lock -exec rm -rf -- {} + ||
    say "not all of the store could be removed: $(tail -n 1 /local/clear.log)"
  say "the store is cleared"
  open_store "$STORE"
  attend flock --shared 9
}
SCRIPT
}
[[- end -]]
