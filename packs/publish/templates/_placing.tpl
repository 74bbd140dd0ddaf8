[[- /* Getting the image to where it is published: all of it, under no name so far. */ -]]
[[- define "placing_script" -]]
template {
  destination = "local/placing.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# place_everywhere: have the image in every place. When this fails no tag has moved.
holder=
place_everywhere() {
  missing=
  for number in $places; do
    choose "$number"
    if look "$image@$digest" "no tag was moved"; then
      say "$image has the image already"
      holder=$image
    else
      missing="$missing $number"
    fi
  done
  for number in $missing; do
    choose "$number"
    place_image
    holder=$image
  done
}

# copy_from REPOSITORY
copy_from() { skopeo_patiently copy --quiet --preserve-digests "docker://$1@$digest" "docker://$image@$digest"; }

place_image() {
  share_blobs
  if try copy_from "$repository"; then
    return
  fi
  cp /local/skopeo.log /local/copy.log
  copied=$status
  # Another run can have published it, and emptied staging, in the meantime; or there is no such place to publish to.
  message="the image could not be copied from $repository to $image, no tag was moved"
  is_absent /local/copy.log || fail_at_registry "$copied" /local/copy.log "$message"
  if look "$image@$digest" "no tag was moved"; then
    return
  fi
  if [ -n "$holder" ] && try copy_from "$holder"; then
    say "$image has the image from $holder"
    return
  fi
  cat /local/copy.log
  if look "$repository@$digest" "no tag was moved"; then
    fail push_denied "$copied" "$message: the registry has no place for it"
  fi
  fail publish_incomplete "$copied" "the tested image is neither in $repository nor in $image; no tag was moved"
}

host_of() { printf '%s' "$1" | cut -d/ -f1; }

# Have the registry share the image's blobs between the two repositories, so that no layer passes
# through here. Where it does not work like this nothing is lost but time: skopeo copies what it does not find.
share_blobs() {
  [ "$(host_of "$image")" = "$(host_of "$repository")" ] || return 0
  attend_into /local/skopeo.log read_manifest "$repository@$digest" && is_tested || return 0
  reach || return 0
  from=$(printf '%s' "$repository" | cut -d/ -f2-)
  blobs=$(grep -o 'sha256:[0-9a-f]*' /local/tested | sort -u)
  for blob in $blobs; do
    ask POST "blobs/uploads/?mount=$blob&from=$from"
    [ "$code" = 201 ] || return 0
  done
}
SCRIPT
}
[[- end -]]

[[- define "copy_script" -]]
template {
  destination = "local/copy.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Have the tested image in every place before it is looked through there, and before any tag moves.
set -u
. /local/functions.sh
. /local/network.sh
. /local/registries.sh
. /local/places.sh
. /local/questions.sh
. /local/placing.sh

place_everywhere
say "the image is in every place, under no name so far"
SCRIPT
}
[[- end -]]
