[[- define "cleanup_script" -]]
template {
  destination = "local/cleanup.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Remove a staged image, and leave in the file cleaned what became of it. One that is not there is already removed.
set -u
. /local/functions.sh
. /local/network.sh
. /local/registries.sh
command -v skopeo >/dev/null || fail internal 127 "the image of this task has no skopeo"

staging=$(input staging_image)
attend_into /local/delete.log skopeo --insecure-policy --command-timeout "$REGISTRY_TIMEOUT"s delete "docker://$staging"
status=$?
if [ "$status" -eq 0 ]; then
  echo removed >"$results/cleaned"
  say "removed $staging"
elif is_absent /local/delete.log; then
  echo absent >"$results/cleaned"
  say "$staging is not there: nothing to remove"
elif is_undeletable /local/delete.log; then
  cat /local/delete.log
  echo unsupported >"$results/cleaned"
  say "warning: $staging stays: the registry does not allow deletes"
else
  fail_at_registry "$status" /local/delete.log "$staging could not be removed"
fi
SCRIPT
}
[[- end -]]
