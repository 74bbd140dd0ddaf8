[[- define "publish_script" -]]
template {
  destination = "local/publish.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Give the tested image its names, then take it out of staging.
set -u
. /local/functions.sh
. /local/registries.sh

staging=$(input staging_image)
digest=$(input digest)
image=$(input image)
# REGISTRY/REPOSITORY:TAG without its tag; a port's colon comes before the last slash.
repository=$(printf '%s' "$staging" | sed 's|:[^/]*$||')

# Have the registry share the image's blobs between the two repositories, so that no layer passes
# through here. Where it does not work like this (token authentication, no such registry) nothing
# is lost but time: skopeo copies what it does not find.
share_blobs() {
  host=$(printf '%s' "$image" | cut -d/ -f1)
  uploads=$host/v2/$(printf '%s' "$image" | cut -d/ -f2-)/blobs/uploads/
  from=$(printf '%s' "$repository" | cut -d/ -f2-)
  set -- --silent --fail --output /dev/null --max-time 10 --request POST
  [ ! -f /secrets/curl.conf ] || set -- --config /secrets/curl.conf "$@"
  protocol=https
  if grep -qsF "\"$host\"" /local/registries.conf; then
    set -- --insecure "$@"
    curl --silent --insecure --output /dev/null --max-time 10 "https://$host/v2/" || protocol=http
  fi
  for blob in $(skopeo inspect --raw "docker://$repository@$digest" | grep -o 'sha256:[0-9a-f]*' | sort -u); do
    curl "$@" "$protocol://$uploads?mount=$blob&from=$from" || return 0
  done
}

# A registry that is busy with the same digest for another build can stumble: three attempts.
copy() {
  for pause in 1 2 0; do
    skopeo --insecure-policy copy --quiet --preserve-digests "docker://$1" "docker://$2" >/local/copy.log 2>&1
    status=$?
    [ "$status" -ne 0 ] || return 0
    if [ "$pause" -eq 0 ] || is_refusal /local/copy.log; then
      fail_at_registry "$status" /local/copy.log "$1 could not be copied to $2"
    fi
    cat /local/copy.log
    sleep "$pause"
  done
}

# Everything but the names first: when this fails no tag has moved.
share_blobs
copy "$repository@$digest" "$image@$digest"
set -f # a tag is a word, whatever is in it
for tag in $(input tags); do
  copy "$image@$digest" "$image:$tag"
  say "published $image:$tag"
done

# The build has succeeded by now; a registry that cannot delete only keeps a leftover.
skopeo --insecure-policy delete "docker://$repository@$digest" ||
  say "warning: $staging was not removed from staging; does the registry allow deletes?"
SCRIPT
}
[[- with var "registry_credentials" . ]]

template {
  destination = "secrets/curl.conf"
  perms       = "0400"
  uid         = 1000
  gid         = 1000
  change_mode = "noop"
  data        = <<CONF
[[ template "open_secret" . ]]header = "Authorization: Basic {{ printf "%s:%s" .username .password | base64Encode }}"[[ template "close_secret" . ]]
CONF
}
[[- end ]]
[[- end -]]
