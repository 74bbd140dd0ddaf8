[[- define "cleanup_script" -]]
template {
  destination = "local/cleanup.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Remove a staged image. One that is not there is already removed.
set -u
. /local/functions.sh
. /local/registries.sh

staging=$(input staging_image)
skopeo --insecure-policy delete "docker://$staging" >/local/delete.log 2>&1
status=$?
if [ "$status" -eq 0 ]; then
  say "removed $staging"
elif grep -qiE 'manifest unknown|name unknown|not found|may not exist' /local/delete.log; then
  say "$staging is not there: nothing to remove"
else
  fail_at_registry "$status" /local/delete.log "$staging could not be removed"
fi
SCRIPT
}
[[- end -]]
