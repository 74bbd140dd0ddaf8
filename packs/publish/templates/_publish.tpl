[[- define "publish_script" -]]
template {
  destination = "local/publish.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Give the tested image its names, look whether they stand, then take it out of staging. Whatever an interrupted or
# concurrent run of the same has done already is found and left as it is.
set -u
. /local/functions.sh
. /local/network.sh
. /local/registries.sh
. /local/places.sh
. /local/questions.sh
. /local/placing.sh
. /local/evidence.sh

# Everything but the names first: when any of this fails no tag has moved.
place_everywhere

# The image's compressed size in bytes: that of its configuration and its layers.
choose 1
[ -f /local/tested ] || look "$image@$digest" "no tag was moved" ||
  fail publish_incomplete 1 "the tested image is no longer in $image; no tag was moved"
if ! grep -q '"manifests"' /local/tested; then
  size=0
  sizes=$(grep -o '"size": *[0-9]*' /local/tested | tr -dc '0-9\n')
  for each in $sizes; do
    size=$((size + each))
  done
  echo "$size" >"$results/size"
fi

attach_evidence

name_image() { skopeo_quickly copy --quiet --preserve-digests "docker://$image@$digest" "docker://$image:$tag"; }
give_name() {
  if look "$image:$tag" "$(describe_tags)"; then
    say "$image:$tag is in place already"
  else
    try name_image ||
      fail_at_registry "$status" /local/skopeo.log "$image:$tag could not be written: $(describe_tags)"
    say "published $image:$tag"
  fi
  in_place="$in_place $label"
}
for_each_name give_name

# What counts is what the registry says afterwards: somebody else may write the same tags.
in_place=
astray=
confirm_name() {
  if look "$image:$tag" "$(describe_tags)"; then
    echo "$label $digest" >>"$results/published"
    in_place="$in_place $label"
  else
    astray="$astray $label"
  fi
}
for_each_name confirm_name
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
[[- end -]]
