[[- /* What is known of the image, as OCI artifacts that refer to it. */ -]]
[[- define "evidence_script" -]]
template {
  destination = "local/evidence.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Evidence is attached as OCI 1.1 has it: a manifest without configuration, whose only layer is the document and whose subject
# is the image's manifest. In JSON made here are only types, digests and sizes. The same documents give the same manifests.
empty=sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a # of {}
artifact_type=application/vnd.oci.image.manifest.v1+json
index_type=application/vnd.oci.image.index.v1+json
docker_type=application/vnd.docker.distribution.manifest.v2+json

attach_evidence() {
  artifacts=
  if [ -n "$SBOM" ]; then
    wait_for_sbom
    settle_sbom
    make_artifact "$sbom_type" /local/sbom.json
  fi
  if [ -f "$NOMAD_TASK_DIR/input/provenance" ]; then
    make_artifact application/vnd.in-toto+json "$NOMAD_TASK_DIR/input/provenance"
  fi
  [ -n "$artifacts" ] || return 0
  for number in $places; do
    choose "$number"
    for artifact in $artifacts; do
      push_artifact
    done
    list_referrers
    say "attached to $image@$digest: $(join "$artifacts")"
  done
}

# The scanner is a task beside this one; when it fails Nomad stops this one too. The last line of its document closes the first.
wait_for_sbom() {
  until [ "$(tail -n 1 "$results/sbom.json" 2>/dev/null)" = "}" ]; do
    [ "$(seconds_left)" -gt "$REGISTRY_TIMEOUT" ] ||
      fail timeout 124 "there is no SBOM of the image yet: no tag was moved"
    attend sleep 0.2
  done
}

# A scan writes down its moment and a random name. So that another one of the same image gives the same document, the name is
# made from the image's digest and the moment is the image's own. Every line of the document holds one member, as deep as it is
# indented: what is in a package is not touched.
settle_sbom() {
  attend_into /local/skopeo.log skopeo_quickly inspect --no-tags "docker://$image@$digest"
  moment=$(sed -n 's/^    "Created": "\([0-9-]*T[0-9:]*\).*Z",$/\1Z/p' /local/skopeo.log)
  [ -n "$moment" ] || moment=1970-01-01T00:00:00Z
  id=$(printf '%s' "$digest" | cut -d: -f2 | sed 's/^\(.\{8\}\)\(.\{4\}\).\(.\{3\}\).\(.\{3\}\)\(.\{12\}\).*/\1-\2-8\3-8\4-\5/')
  if [ "$SBOM" = spdx ]; then
    sbom_type=application/spdx+json
    sed -e "s/^\( \"documentNamespace\": \".*\)-[0-9a-f-]\{36\}\",\$/\1-$id\",/" \
      -e "/^ \"creationInfo\": {\$/,/^ }/s/^  \"created\": \"[^\"]*\"/  \"created\": \"$moment\"/" \
      "$results/sbom.json" >/local/sbom.json
  else
    sbom_type=application/vnd.cyclonedx+json
    sed -e "s/^  \"serialNumber\": \"[^\"]*\"/  \"serialNumber\": \"urn:uuid:$id\"/" \
      -e "/^  \"metadata\": {\$/,/^  }/s/^    \"timestamp\": \"[^\"]*\"/    \"timestamp\": \"$moment\"/" \
      "$results/sbom.json" >/local/sbom.json
  fi
}

folder_of() { echo "/local/evidence/$(printf '%s' "$1" | cut -d: -f2)"; } # skopeo takes what follows a colon for a name
size_of() { wc -c <"$1" | tr -d ' '; }

# describe TYPE FILE: a descriptor without its end.
describe() { printf '{"mediaType":"%s","digest":"%s","size":%s' "$1" "$(digest_of "$2")" "$(size_of "$2")"; }

# make_artifact TYPE FILE: lay the artifact out in a folder of its own.
make_artifact() {
  {
    printf '{"schemaVersion":2,"mediaType":"%s","artifactType":"%s",' "$artifact_type" "$1"
    printf '"config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"%s","size":2},' "$empty"
    printf '"layers":[%s}],' "$(describe "$1" "$2")"
    printf '"subject":%s} }' "$(describe "$(subject_type)" /local/tested)"
  } >/local/artifact
  artifact=$(digest_of /local/artifact)
  folder=$(folder_of "$artifact")
  mkdir -p "$folder/blobs/sha256"
  printf '{"imageLayoutVersion":"1.0.0"}' >"$folder/oci-layout"
  printf '{"schemaVersion":2,"manifests":[%s}]}' "$(describe "$artifact_type" /local/artifact)" >"$folder/index.json"
  printf '{}' >"$folder/blobs/sha256/$(printf '%s' "$empty" | cut -d: -f2)"
  for file in "$2" /local/artifact; do
    cp "$file" "$folder/blobs/sha256/$(digest_of "$file" | cut -d: -f2)"
  done
  printf '%s,"artifactType":"%s"}' "$(describe "$artifact_type" /local/artifact)" "$1" >"$folder/entry"
  echo "$1 $artifact" >>"$results/evidence"
  artifacts="$artifacts $artifact"
}

# A manifest need not say its type; one that does not is OCI's.
subject_type() {
  for type in "$index_type" application/vnd.docker.distribution.manifest.list.v2+json "$docker_type"; do
    if grep -qF "\"$type\"" /local/tested; then
      echo "$type"
      return
    fi
  done
  echo "$artifact_type"
}

copy_artifact() { skopeo_quickly copy --quiet --preserve-digests "oci:$(folder_of "$artifact")" "docker://$image@$artifact"; }
push_artifact() {
  try copy_artifact ||
    fail_at_registry "$status" /local/skopeo.log "evidence could not be attached to $image@$digest, no tag was moved"
}

# A registry of OCI 1.1 lists by itself what refers to an image. For another one the list is an index under a tag made from
# the digest. Who else attaches something at the same moment may overwrite it: it is read again afterwards.
list_referrers() {
  message="what is attached to $image@$digest could not be listed, no tag was moved"
  list=$(printf '%s' "$digest" | tr : -)
  reach || fail_by_answer "$message"
  ask GET "referrers/$digest"
  case $code in
    200) return ;;
    400 | 404 | 405 | 501) ;;
    *) fail_by_answer "$message" ;;
  esac
  for round in 1 2 3 4; do
    read_list
    entries=$(list_missing)
    [ -n "$entries" ] || return 0
    [ "$round" -lt 4 ] || fail publish_incomplete 1 "$message: somebody else keeps writing $image:$list"
    # Into the first member of the array, which may be empty.
    sed -e "s|\(\"manifests\" *: *\[\) *\]|\1$entries]|" -e t -e "s|\"manifests\" *: *\[|&$entries,|" \
      /local/list >/local/index
    ask PUT "manifests/$list" --header "Content-Type: $index_type" --data-binary @/local/index
    [ "$code" = 201 ] || fail_by_answer "$message"
  done
}

# In a JSON text without line ends, "manifests" with both its quotes is never part of a string.
read_list() {
  ask GET "manifests/$list" --header "Accept: $index_type, $artifact_type, $docker_type"
  case $code in
    200) tr '\n\r\t' '   ' </local/answer >/local/list ;;
    404) printf '{"schemaVersion":2,"mediaType":"%s","manifests":[]}' "$index_type" >/local/list ;;
    *) fail_by_answer "$message" ;;
  esac
  grep -q '"manifests" *: *\[' /local/list ||
    fail publish_incomplete 1 "$message: $image:$list is something else, and stays as it is"
}

# What the list does not have yet, as members of its array.
list_missing() {
  separator=
  for artifact in $artifacts; do
    if ! grep -qF "\"$artifact\"" /local/list; then
      printf '%s' "$separator"
      cat "$(folder_of "$artifact")/entry"
      separator=,
    fi
  done
}
SCRIPT
}
[[- end -]]
