[[- /* The places that the image is published to, how they are asked, and what is said of their tags. */ -]]
[[- define "places_script" -]]
template {
  destination = "local/places.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# A place is a repository to publish to; it has a number from 1 on, and tags of its own.
command -v skopeo >/dev/null || fail internal 127 "the image of this task has no skopeo"
set -f # a tag is a word, whatever is in it

staging=$(input staging_image)
digest=$(input digest)
# REGISTRY/REPOSITORY:TAG without its tag; a port's colon comes before the last slash.
repository=$(printf '%s' "$staging" | sed 's|:[^/]*$||')
places=$(seq 1 "$PLACE_COUNT")
began=$(date +%s)

# choose PLACE: go on with its $image and $tags.
choose() {
  place=$1
  image=$(input "image_$place")
  tags=$(input "tags_$place")
}

# for_each_name COMMAND: run it with $image, $tag, and with $label, which is how messages call the name.
for_each_name() {
  for number in $places; do
    choose "$number"
    for tag in $tags; do
      label=$tag
      [ "$PLACE_COUNT" -eq 1 ] || label=$image:$tag
      "$1"
    done
  done
}

# In their own processes, which attend makes. What only asks or names is quick; a copy has the time that is left.
skopeo_quickly() { exec skopeo --insecure-policy --command-timeout "$REGISTRY_TIMEOUT"s "$@"; }
skopeo_patiently() { exec skopeo --insecure-policy --command-timeout "$(seconds_left)"s "$@"; }
read_manifest() { skopeo_quickly inspect --raw "docker://$1" >/local/manifest; }
seconds_left() {
  left=$((PUBLISH_TIMEOUT - 15 - ($(date +%s) - began)))
  [ "$left" -ge "$REGISTRY_TIMEOUT" ] || left=$REGISTRY_TIMEOUT
  echo "$left"
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
    is_tested
    return
  fi
  is_absent /local/skopeo.log || is_refusal /local/skopeo.log ||
    fail_at_registry "$status" /local/skopeo.log "$1 could not be read: $2"
  return 1
}
# The manifest that was read last: if it is the tested image's, it is kept as /local/tested.
is_tested() { [ "$(digest_of /local/manifest)" = "$digest" ] && cp /local/manifest /local/tested; }
digest_of() { echo "sha256:$(sha256sum "$1" | cut -d' ' -f1)"; }

# What is known of the tags, for every message once there is one that may have moved.
in_place=
describe_tags() {
  open=$(for_each_name list_if_open)
  if [ -z "$in_place" ]; then
    echo "no tag is known to point at the tested image"
  elif [ -z "$open" ]; then
    echo "all tags point at the tested image"
  else
    echo "$(list_tags "$in_place" point points) at the tested image; not confirmed: $(join "$open")"
  fi
}
list_if_open() {
  case " $in_place " in
    *" $label "*) ;;
    *) printf ' %s' "$label" ;;
  esac
}
join() { printf '%s' "$*" | sed 's/^ *//; s/ *$//; s/  */, /g'; }
# list_tags TAGS VERB-FOR-MANY VERB-FOR-ONE
list_tags() {
  case $(join "$1") in
    *,*) echo "tags $(join "$1") $2" ;;
    *) echo "tag $(join "$1") $3" ;;
  esac
}
SCRIPT
}
[[- end -]]
