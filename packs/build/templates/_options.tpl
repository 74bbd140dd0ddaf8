[[- /*
  What was asked for, from files to Buildah's flags. Each value is one word of a command line, whatever it holds; where
  Buildah itself would read something else from it, it is refused.
*/ -]]
[[- define "request_script" -]]
template {
  destination = "local/request.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# A list is a file with a line for each value. A map has a line for each pair, both in base64: a line break of theirs is
# none of the file's.
source=$NOMAD_ALLOC_DIR/data/source
dockerfile=$(input dockerfile_path)

asked() { [ -f "$NOMAD_TASK_DIR/input/$1" ]; }

# refuse MESSAGE: end because what was asked for cannot be done, on no host and never.
refuse() { fail step_failed 2 "$1"; }

# decode BASE64: set $value to the text, with those line breaks at its end that a command substitution would lose.
newline='
'
decode() {
  printf '%s' "$1" | base64 -d >/local/value
  value=
  while IFS= read -r line; do
    value=$value$line$newline
  done </local/value
  value=$value$line
}

# field TEXT: the text as one field, where buildah splits a flag's value at commas as a CSV file's line.
field() { printf '"%s"' "$(printf '%s\n' "$1" | sed 's/"/""/g')"; }

# is_inside PATH: whether it is in the source, wherever its links lead.
root=$(readlink -f "$source")
is_inside() {
  case $(readlink -f "$1") in
    "$root" | "$root"/*) ;;
    *) return 1 ;;
  esac
}

# check_files: set $context and see that it and the Dockerfile are the commit's. This task has secrets: a link could make
# one of them the Dockerfile or its list of ignored files, and of a file named .in buildah makes the C preprocessor's
# input, which may include them.
check_files() {
  context=$source
  if asked context_path; then
    context=$source/$(input context_path)
    [ -d "$context" ] || fail dockerfile_missing 1 "the commit has no folder $(input context_path) to build in"
    is_inside "$context" || fail dockerfile_missing 1 "$(input context_path) leads out of the repository"
  fi
  [ -f "$source/$dockerfile" ] ||
    fail dockerfile_missing 1 "the commit has no file $dockerfile (looked from the root of the repository)"
  is_inside "$source/$dockerfile" || fail dockerfile_missing 1 "$dockerfile is a link that leads out of the repository"
  case $dockerfile in
    *.in) fail dockerfile_missing 1 "$dockerfile cannot be built: a name that ends in .in asks for a preprocessor" ;;
  esac
  for name in "$source/$dockerfile.containerignore" "$source/$dockerfile.dockerignore" \
    "$context/.containerignore" "$context/.dockerignore"; do
    [ ! -L "$name" ] || is_inside "$name" ||
      fail dockerfile_missing 1 "$(basename "$name") is a link that leads out of the repository"
  done
}

# await MARK: until a task that has started together with this one leaves its mark. When one has failed Nomad stops
# the others; until then they stay, so that the first to fail is the one that did.
await() {
  until [ -e "$results/$1" ]; do
    if [ -e "$results/reason" ]; then
      say "a task before this one has failed"
      attend sleep 20
      exit 1
    fi
    attend sleep 0.1
  done
}
SCRIPT
}
[[- end -]]

[[- define "arguments_script" -]]
template {
  destination = "local/arguments.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Append to the positional parameters what decides on which images a build is based: build arguments and platform.
if asked reproducible; then
  set -- "$@" --build-arg "SOURCE_DATE_EPOCH=$(cat "$results/commit_time")"
fi
if asked build_args; then
  while read -r name encoded || [ -n "$name" ]; do
    decode "$name"
    name=$value
    case $name in
      '' | [0-9]* | *[!A-Za-z0-9_]*) refuse "a build argument cannot have the name $name: letters, digits and _" ;;
    esac
    decode "$encoded"
    set -- "$@" --build-arg "$name=$value"
  done <"$NOMAD_TASK_DIR/input/build_args"
fi
if asked platform; then
  platform=$(input platform)
  case $platform in
    *[!a-z0-9/]* | /* | */ | *//* | */*/*/*) refuse "not a platform: $platform" ;;
    */*) set -- "$@" --platform "$platform" ;;
    *) refuse "not a platform: $platform" ;;
  esac
fi
SCRIPT
}
[[- end -]]

[[- define "options_script" -]]
template {
  destination = "local/options.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Append to the positional parameters the rest of what was asked for.
# is_literal TEXT: whether a label can be that text. Buildah makes an instruction of it, in which it expands variables,
# and quotes control characters.
is_literal() {
  case $1 in
    *'$'*) return 1 ;;
  esac
  [ "$(printf '%s.' "$1" | LC_ALL=C tr -d '\001-\037\177')" = "$1." ]
}
# check_key NAME: the name of a label or an annotation; an equals sign would end it.
check_key() {
  case $1 in
    '' | *=*) refuse "a label or an annotation cannot have the name $1" ;;
  esac
  is_literal "$1" || refuse "a label or an annotation cannot have a name with a dollar sign or a control character: $1"
}

if asked target; then
  set -- "$@" --target "$(input target)"
fi
if asked image_format; then
  set -- "$@" --format "$(input image_format)"
fi
if asked no_cache; then
  set -- "$@" --no-cache
fi

# Which commit this is; the time is the commit's, so that the same commit finds all of its layers.
commit_time=$(cat "$results/commit_time")
for pair in "revision=$(cat "$results/commit")" "created=$(date -u -d "@$commit_time" +%Y-%m-%dT%H:%M:%SZ)"; do
  set -- "$@" --annotation "org.opencontainers.image.$pair" --label "org.opencontainers.image.$pair"
done
if asked annotations; then
  while read -r name encoded || [ -n "$name" ]; do
    decode "$name"
    name=$value
    check_key "$name"
    decode "$encoded"
    set -- "$@" --annotation "$name=$value"
    if is_literal "$value"; then
      set -- "$@" --label "$name=$value"
    else
      say "the annotation $name is not a label too: its value has a dollar sign or a control character"
    fi
  done <"$NOMAD_TASK_DIR/input/annotations"
fi
if asked labels; then
  while read -r name encoded || [ -n "$name" ]; do
    decode "$name"
    name=$value
    check_key "$name"
    decode "$encoded"
    is_literal "$value" || refuse "the label $name cannot have a value with a dollar sign or a control character"
    set -- "$@" --label "$name=$value"
  done <"$NOMAD_TASK_DIR/input/labels"
fi

# Secrets are files that steps may mount, no arguments. Their ids stand in a list of flags of their own.
if asked build_secrets; then
  number=0
  while read -r name || [ -n "$name" ]; do
    number=$((number + 1))
    decode "$name"
    case $value in
      '' | *[!A-Za-z0-9_.-]*) refuse "a secret cannot have the id $value: letters, digits, _, . and -" ;;
    esac
    set -- "$@" --secret "id=$value,src=/secrets/values/build_secret_$number"
  done <"$NOMAD_TASK_DIR/input/build_secrets"
fi
if [ -f /secrets/values/ssh_key ]; then
  set -- "$@" --ssh default=/secrets/values/ssh_key
fi

if asked reproducible; then
  if knows source-date-epoch && knows rewrite-timestamp; then
    say "reproducible: times in image and layers are at most the commit's, $commit_time"
    set -- "$@" --source-date-epoch "$commit_time" --rewrite-timestamp
  else
    say "reproducible: this buildah has no --source-date-epoch; all times in image and new layers are the commit's, $commit_time"
    set -- "$@" --timestamp "$commit_time"
  fi
  say "reproducible: what steps write, whatever they download and the tags of base images are not in its hands"
fi

if [ "$BUILD_NETWORK" = none ]; then
  set -- "$@" --pull=never
  if asked cache_from || asked cache_to; then
    say "cache_from and cache_to are left out: this build has no network"
  fi
else
  if asked cache_from; then
    while read -r name || [ -n "$name" ]; do
      set -- "$@" --cache-from "$name"
    done <"$NOMAD_TASK_DIR/input/cache_from"
  fi
  if asked cache_to; then
    set -- "$@" --cache-to "$(input cache_to)"
  fi
fi
SCRIPT
}
[[- end -]]
