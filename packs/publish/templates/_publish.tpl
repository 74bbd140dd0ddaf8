[[- define "publish_script" -]]
template {
  destination = "local/publish.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Give the tested image its names, look whether they stand, then take it out of staging. Whatever an interrupted or
# concurrent run of the same has done already is found and left as it is.
set -u
. /local/functions.sh
. /local/registries.sh
command -v skopeo >/dev/null || fail internal 127 "the image of this task has no skopeo"

staging=$(input staging_image)
digest=$(input digest)
image=$(input image)
tags=$(input tags)
# REGISTRY/REPOSITORY:TAG without its tag; a port's colon comes before the last slash.
repository=$(printf '%s' "$staging" | sed 's|:[^/]*$||')
began=$(date +%s)

# In their own processes, which attend makes. What only asks or names is quick; a copy has the time that is left.
skopeo_quickly() { exec skopeo --insecure-policy --command-timeout "$REGISTRY_TIMEOUT"s "$@"; }
read_manifest() { skopeo_quickly inspect --raw "docker://$1" >/local/manifest; }
name_image() { skopeo_quickly copy --quiet --preserve-digests "docker://$image@$digest" "docker://$image:$1"; }
copy_image() {
  left=$((PUBLISH_TIMEOUT - 15 - ($(date +%s) - began)))
  [ "$left" -ge "$REGISTRY_TIMEOUT" ] || left=$REGISTRY_TIMEOUT
  exec skopeo --insecure-policy --command-timeout "$left"s \
    copy --quiet --preserve-digests "docker://$repository@$digest" "docker://$image@$digest"
}

# A registry that is busy with the same digest for another build can stumble: three attempts. One that says no, or does
# not say anything in time, is not asked again here: whoever registered this job has more patience.
try() {
  for pause in 1 2 0; do
    attend_into /local/skopeo.log "$@"
    status=$?
    [ "$status" -ne 0 ] || return 0
    if [ "$pause" -eq 0 ] || is_refusal /local/skopeo.log || is_absent /local/skopeo.log || is_late /local/skopeo.log; then
      return "$status"
    fi
    cat /local/skopeo.log
    attend sleep "$pause"
  done
}
is_late() { grep -qiE 'context deadline exceeded|i/o timeout|timeout exceeded|handshake timeout' "$1"; }

# look NAME MESSAGE: whether a name stands for the tested image. Where it may not be read, that is for the next write to say.
look() {
  if try read_manifest "$1"; then
    [ "sha256:$(sha256sum /local/manifest | cut -d' ' -f1)" = "$digest" ]
    return
  fi
  is_absent /local/skopeo.log || is_refusal /local/skopeo.log ||
    fail_at_registry "$status" /local/skopeo.log "$1 could not be read: $2"
  return 1
}

# What is known of the tags, for every message from here on.
in_place=
describe_tags() {
  open=
  for tag in $tags; do
    case " $in_place " in
      *" $tag "*) ;;
      *) open="$open $tag" ;;
    esac
  done
  if [ -z "$in_place" ]; then
    echo "no tag is known to point at the tested image"
  elif [ -z "$open" ]; then
    echo "all tags point at the tested image"
  else
    echo "$(list_tags "$in_place" point points) at the tested image; not confirmed: $(join "$open")"
  fi
}
join() { printf '%s' "$*" | sed 's/^ *//; s/ *$//; s/  */, /g'; }
# list_tags TAGS VERB-FOR-MANY VERB-FOR-ONE
list_tags() {
  case $(join "$1") in
    *,*) echo "tags $(join "$1") $2" ;;
    *) echo "tag $(join "$1") $3" ;;
  esac
}

# Have the registry share the image's blobs between the two repositories, so that no layer passes
# through here. Where it does not work like this (token authentication, no such registry) nothing
# is lost but time: skopeo copies what it does not find.
share_blobs() {
  attend_into /local/skopeo.log read_manifest "$repository@$digest" || return 0
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
  blobs=$(grep -o 'sha256:[0-9a-f]*' /local/manifest | sort -u)
  for blob in $blobs; do
    attend curl "$@" "$protocol://$uploads?mount=$blob&from=$from" || return 0
  done
}

# Everything but the names first: when this fails no tag has moved.
if look "$image@$digest" "no tag was moved"; then
  say "$image has the image already"
else
  share_blobs
  if ! try copy_image; then
    cp /local/skopeo.log /local/copy.log
    copied=$status
    # Another run can have published it, and emptied staging, in the meantime; or there is no such place to publish to.
    message="the image could not be copied from $repository to $image, no tag was moved"
    is_absent /local/copy.log || fail_at_registry "$copied" /local/copy.log "$message"
    if ! look "$image@$digest" "no tag was moved"; then
      cat /local/copy.log
      if look "$repository@$digest" "no tag was moved"; then
        fail push_denied "$copied" "$message: the registry has no place for it"
      fi
      fail publish_incomplete "$copied" "the tested image is neither in $repository nor in $image; no tag was moved"
    fi
  fi
fi

# The image's compressed size in bytes: that of its configuration and its layers.
if try read_manifest "$image@$digest" && ! grep -q '"manifests"' /local/manifest; then
  size=0
  sizes=$(grep -o '"size": *[0-9]*' /local/manifest | tr -dc '0-9\n')
  for each in $sizes; do
    size=$((size + each))
  done
  echo "$size" >"$results/size"
fi

set -f # a tag is a word, whatever is in it
for tag in $tags; do
  if look "$image:$tag" "$(describe_tags)"; then
    say "$image:$tag is in place already"
  else
    try name_image "$tag" ||
      fail_at_registry "$status" /local/skopeo.log "$image:$tag could not be written: $(describe_tags)"
    say "published $image:$tag"
  fi
  in_place="$in_place $tag"
done

# What counts is what the registry says afterwards: somebody else may write the same tags.
in_place=
astray=
for tag in $tags; do
  if look "$image:$tag" "$(describe_tags)"; then
    echo "$tag $digest" >>"$results/published"
    in_place="$in_place $tag"
  else
    astray="$astray $tag"
  fi
done
if [ -n "$astray" ]; then
  there="no tag points"
  [ -z "$in_place" ] || there=$(list_tags "$in_place" point points)
  case $(join "$astray") in
    *,*) fail publish_incomplete 1 "$there at the tested image; $(join "$astray") do not" ;;
    *) fail publish_incomplete 1 "$there at the tested image; $(join "$astray") does not" ;;
  esac
fi
say "$(describe_tags)"

# The build has succeeded by now; a registry that cannot delete only keeps a leftover.
attend_into /local/delete.log skopeo_quickly delete "docker://$repository@$digest" || {
  if is_absent /local/delete.log; then
    say "$staging is no longer in staging"
  else
    cat /local/delete.log
    say "warning: $staging was not removed from staging; does the registry allow deletes?"
  fi
}
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
