[[- /*
  A build without a network has a task before it that fetches the images it is based on, and one after it that pushes
  what it made. Those two have the network and the registry's credentials; no step of the Dockerfile runs in them.
*/ -]]
[[- define "base_script" -]]
template {
  destination = "local/base.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Fetch into the store whatever images a Dockerfile names, and run nothing of it.
set -u
. /local/functions.sh
. /local/disk.sh
. /local/network.sh
. /local/registries.sh
. /local/store.sh
. /local/preflight.sh
. /local/request.sh
. /local/bases.sh

await source_ended
open_fit_store "$STORE"
if asked clear_cache; then
  clear_store
fi
check_files

mkdir -p /local/empty
bases "$source/$dockerfile" >/local/Bases
set --
. /local/arguments.sh
say "fetching the images that $dockerfile is based on"
attend_into /local/base.log run_buildah build --layers=false --skip-unused-stages=false --quiet "$@" \
  --file /local/Bases --iidfile /local/base_id /local/empty
status=$?
cat /local/base.log
if [ "$status" -ne 0 ]; then
  failed="the images that $dockerfile is based on could not be fetched"
  full=$(full_folder "$STORE" "$NOMAD_ALLOC_DIR" /tmp) && fail_full "$status" "$failed" "$full"
  fail step_failed "$status" "$failed; the lines above say which"
fi
# The empty image that they were fetched for is of no use. They have names, and stay.
attend_into /local/remove.log run_buildah rmi "$(cat /local/base_id)"
# The lock is held until the build has it, so that nobody clears the store between the two.
: >"$results/base_ended"
await build_begun
SCRIPT
}

template {
  destination = "local/bases.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# bases DOCKERFILE: print a Dockerfile that is based on the same images, those of COPY --from and RUN --mount=from too,
# and has no other instructions.
bases() {
  set -f
  stages=' '
  wanted=
  instruction=
  carriage=$(printf '\r')
  while IFS= read -r line || [ -n "$line" ]; do
    # A comment, or an empty line, is also none within an instruction that goes on.
    case $(printf '%s' "$line" | tr -d ' \t\r') in
      '#'* | '') continue ;;
    esac
    case $line in
      *\\ | *\\"$carriage") instruction="$instruction $(printf '%s' "$line" | sed 's/\\.\{0,1\}$//')" && continue ;;
    esac
    instruction="$instruction $line"
    # shellcheck disable=SC2046 # words are what is looked at
    set -- $(printf '%s' "$instruction" | tr -d '\r')
    instruction=
    read_instruction "$@"
    skip_heredocs "$@"
  done <"$1"
  for image in $wanted; do
    case $stages in
      *" $(lower "$image") "*) ;;
      *) echo "FROM $image" ;;
    esac
  done
  printf 'FROM scratch\nLABEL of=nothing\n'
  set +f
}

lower() { printf '%s' "$1" | tr '[:upper:]' '[:lower:]'; }

# read_instruction WORD...: print it if it says what a stage is based on; note what it takes from elsewhere.
read_instruction() {
  case $(lower "$1") in
    from)
      echo "$*"
      while [ "$#" -gt 2 ]; do
        shift
        [ "$(lower "$1")" != as ] || stages="$stages$(lower "$2") "
      done
      ;;
    arg) echo "$*" ;;
    copy | add | run)
      for word in "$@"; do
        case $word in
          --from=*) want "$(printf '%s' "$word" | cut -c 8-)" ;;
          --mount=*)
            # shellcheck disable=SC2046 # a list with commas, as words
            for field in $(printf '%s' "$word" | cut -c 9- | tr ',' ' '); do
              case $field in
                from=*) want "$(printf '%s' "$field" | cut -c 6-)" ;;
              esac
            done
            ;;
          --*) ;;
          *) [ "$word" = "$1" ] || break ;;
        esac
      done
      ;;
  esac
}

# want NAME: a stage by its number is none that could be fetched.
want() {
  case $1 in
    '' | *[!0-9]*) wanted="$wanted $(printf '%s' "$1" | tr -d '"')" ;;
  esac
}

# skip_heredocs WORD...: read past the documents that begin with an instruction; what looks like one in there is none.
skip_heredocs() {
  case $(lower "$1") in
    copy | add | run) ;;
    *) return 0 ;;
  esac
  for word in "$@"; do
    # Behind a file descriptor's number may stand the two signs; quotes and a hyphen are no part of the last line.
    end=$(printf '%s\n' "$word" | sed -n "s/^[0-9]*<<-\{0,1\}[\"']\{0,1\}\([A-Za-z0-9_.]\{1,\}\)[\"']\{0,1\}\$/\1/p")
    [ -n "$end" ] || continue
    while IFS= read -r line; do
      [ "$(printf '%s' "$line" | tr -d '\t\r')" != "$end" ] || break
    done
  done
}
SCRIPT
}
[[- end -]]

[[- define "stage_script" -]]
template {
  destination = "local/stage.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Push the image that was built without a network to its staging repository.
set -u
. /local/functions.sh
. /local/disk.sh
. /local/network.sh
. /local/registries.sh
. /local/store.sh
. /local/preflight.sh
. /local/push.sh

open_fit_store "$STORE"
push_image "$(cat "$results/image_id")"
SCRIPT
}
[[- end -]]
