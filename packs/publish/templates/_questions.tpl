[[- /* What skopeo has no words for, asked of a registry by curl. */ -]]
[[- define "questions_script" -]]
template {
  destination = "local/questions.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# reach: find out how the registry of $image is spoken to. It sets $api, its address; $name, the repository's name there; and
# $login, a file with the credentials for curl, which may write there and, for a registry with tokens, read from staging.
reach() {
  host=$(printf '%s' "$image" | cut -d/ -f1)
  name=$(printf '%s' "$image" | cut -d/ -f2-)
  login=/secrets/curl_$place.conf
  [ -f "$login" ] || login=/dev/null
  [ "$host" != docker.io ] || host=registry-1.docker.io
  secure=
  api=https://$host/v2
  if grep -qsF "\"$host\"" /local/registries.conf; then
    secure=no
    converse "$api/" || api=http://$host/v2
  fi
  converse "$api/" || return
  realm=$(challenge realm)
  [ -z "$realm" ] || take_token
}

# A challenge is: WWW-Authenticate: Bearer realm="https://…",service="…"
challenge() { sed -n "s/^[Ww][Ww][Ww]-[Aa]uthenticate: *[Bb]earer .*$1=\"\([^\"]*\)\".*/\1/p" /local/headers | tail -n 1; }
take_token() {
  converse --get --data-urlencode "service=$(challenge service)" --data-urlencode "scope=repository:$name:pull,push" \
    --data-urlencode "scope=repository:$(printf '%s' "$repository" | cut -d/ -f2-):pull" "$realm" || return
  token=$(tr -d '\n' </local/answer | sed -n 's/.*"\(access_\)\{0,1\}token" *: *"\([^"]*\)".*/\2/p')
  rm -f /local/answer # which is no place for it
  [ -n "$token" ] || return
  login=/secrets/token_$place.conf
  (umask 077 && printf 'header = "Authorization: Bearer %s"\n' "$token" >"$login")
}

# converse OPTION...: leave the answer in /local/answer, its headers in /local/headers, and the status in $code, 000 if there is
# no answer; all that was said goes to /local/curl.log.
converse() {
  : >/local/headers
  : >/local/answer
  [ -z "$secure" ] || set -- --insecure "$@"
  attend_into /local/curl.log curl --config "$login" --silent --show-error --max-time "$REGISTRY_TIMEOUT" \
    --dump-header /local/headers --output /local/answer "$@"
  heard=$?
  code=$(sed -n 's|^HTTP/[0-9.]* \([0-9]*\).*|\1|p' /local/headers | tail -n 1)
  [ -n "$code" ] || code=000
  return "$heard"
}

# ask METHOD PATH OPTION...: ask for something below the repository.
ask() {
  method=$1
  path=$2
  shift 2
  converse --request "$method" "$@" "$api/$name/$path"
}

# fail_by_answer MESSAGE: end with what the registry has said last.
fail_by_answer() {
  { sed -n 1p /local/headers && cat /local/answer; } >>/local/curl.log
  fail_at_registry 1 /local/curl.log "$1"
}
SCRIPT
}
[[- end -]]
