[[- /* What a host has to offer to rootless Buildah, looked at before anything is built. */ -]]
[[- define "preflight_script" -]]
template {
  destination = "local/preflight.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# unfit WORD SENTENCE: end because this host, or the way in which the task runs on it, lacks something.
unfit() { fail host_unfit 1 "$1: $2"; }

# open_fit_store FOLDER: open the store, with the lock shared, and see that Buildah can work in it.
# One call of Buildah's does on a good host what the words below are about: it makes a user namespace, has newuidmap give
# it subordinate ids, and opens the store, for which its driver mounts an overlay there. It looks at no container: those of
# other builds come and go meanwhile.
open_fit_store() {
  command -v buildah >/dev/null || unfit buildah "the builder image has no program buildah"
  if ! open_store "$1"; then
    full=$(full_folder "$(dirname "$1")") && fail_full 1 "the store $1 cannot be made" "$full"
    unfit store "$1 is not writable by uid $(id -u): chown $(id -u):$(id -g) the host volume's folder, on the node"
  fi
  share_store
  buildah build --help >/local/build_help 2>&1 &
  helping=$!
  # Without subordinate ids Buildah goes on with a single one and a warning, until a step needs another.
  if ! attend_into /local/preflight.log run_buildah info || showed "$single"; then
    explain_unfitness
  fi
  wait "$helping"
  knows cache-from || unfit buildah "it is too old, $(buildah --version | cut -d ' ' -f 3): 1.28 or later is needed"
}

single='single mapping|found no [ug]id ranges|no sub[ug]id ranges'

# knows FLAG: whether this Buildah builds with the flag.
knows() { grep -q -- "^ *--$1 " /local/build_help; }

showed() { grep -qiE "$1" /local/preflight.log; }

explain_unfitness() {
  cat /local/preflight.log
  said=$(grep -E '^Error: |Error running' /local/preflight.log || grep . /local/preflight.log)
  said=$(printf '%s\n' "$said" | tail -n 1)
  full=$(full_folder "$STORE" /tmp) && fail_full 1 "the store $STORE cannot be opened" "$full"
  if ! unshare --user true 2>/local/unshare.log && ! grep -q 'not found' /local/unshare.log; then
    unfit userns "no user namespace can be made here ($(tail -n 1 /local/unshare.log)): allow them on the node (user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns) and in the task's security_opt (seccomp=unconfined)"
  fi
  for program in newuidmap newgidmap; do
    command -v "$program" >/dev/null || unfit newuidmap "the builder image has no program $program (package uidmap or shadow-utils)"
  done
  for file in /etc/subuid /etc/subgid; do
    grep -qE "^($(id -un)|$(id -u)):" "$file" 2>/dev/null ||
      unfit newuidmap "the builder image gives user $(id -un) no subordinate ids in $file"
  done
  if showed "newuidmap|newgidmap|uid_map|gid_map|supplemental groups|$single"; then
    unfit newuidmap "it cannot give subordinate ids ($said): it needs file capabilities in the builder image, the capabilities setuid and setgid, and no no_new_privs"
  fi
  if [ "$STORAGE_DRIVER" = overlay ] && showed 'overlay|mount'; then
    unfit overlay "it cannot be mounted in $STORE ($said): put the store on a volume and allow mounts in the task's security_opt (apparmor=unconfined, label=disable), or set storage_driver to vfs"
  fi
  unfit store "Buildah cannot use $STORE: $said"
}
SCRIPT
}
[[- end -]]
