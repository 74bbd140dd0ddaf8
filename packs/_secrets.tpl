[[- /*
  How tasks come to their secrets, and what keeps the secrets out of the logs. Every pack links to this file, too: the
  functions that all scripts share take in the filter.
*/ -]]

[[- /*
  What keeps secrets out of a log. A value is found as it is, escaped as in JSON or in a URL, and in base64 (the URL-safe
  one, too) with anything around it: in three alignments, in one piece and broken into lines as base64 and openssl do.
*/ -]]
[[- define "mask_script" -]]
template {
  destination = "local/mask.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Whatever the task prints from here on passes through a filter that knows each file below /secrets/values: each of its
# lines that has six bytes or more. An image without the programs for it runs nothing: no log takes back what it has told.
for program in base64 cat cut mkdir mkfifo sed sleep tr wc; do
  command -v "$program" >/dev/null ||
    fail internal 127 "the image has no $program, which keeps the secrets of this task out of its log"
done

# The filter writes each line when it has it, which GNU sed can, and the awk of busybox. It counts bytes, not characters. It
# runs in a process of its own, and the signals that end what writes to it do not end it.
mask() {
  export LC_ALL=C
  if [ -f /secrets/mask/sed ]; then
    exec sed -u -E -f /secrets/mask/sed
  fi
  exec awk -f /secrets/mask/awk
}

# pieces SIZE: break long lines. A rest that is too short to be looked for stays with what is before it.
pieces() {
  sed -e "s/.\{$1\}/&\\
/g" -e 's/\n\(.\{0,5\}\)$/\1/'
}

# A value's lines as extended regular expressions, each with a bar behind it.
describe_lines() {
  { tr '\r' '\n' <"$1" && echo; } | sed 's/^ *//; s/ *$//; /....../!d' | pieces 200 | sed 's/./&\
/g' | sed '/^[A-Za-z0-9]$/b
s/^$/|/;t
s/^\\$/(\\\\\\\\?|%5[Cc])/;t
s/^\^$/(\\^|%5[Ee])/;t
s/^\/$/(\\\\?\\\/|%2[Ff])/;t
s/^ $/( |[+]|%20)/;t
s/^[!-~]$/(\\\\?[&]|%[2-7][0-9A-Fa-f]|\\\\u00[2-7][0-9A-Fa-f])/;t
s/.*/(&|(%[0-9A-Fa-f][0-9A-Fa-f])+|\\\\u00[01][0-9A-Fa-f]|\\\\[bfnrt])/' | tr -d '\n'
}

# The same for a value in base64, behind no, one and two other bytes, but not for a whole archive. At the edges there is a character that tells of both.
describe_base64() {
  value=$(cat "$1")
  size=$(printf %s "$value" | wc -c)
  [ "$size" -ge 6 ] && [ "$size" -le 16384 ] || return 0
  edge='[A-Za-z0-9+\/_-]?'
  ahead=0
  for filling in '' x xx; do
    [ "$ahead" -eq 0 ] || printf %s "$edge"
    printf %s "$filling$value" | base64 | tr -d '\n' |
      cut -c "$(((8 * ahead + 5) / 6 + 1))-$((8 * (ahead + size) / 6))" | pieces 76 | describe_digits | sed '$!s/$/|/' | tr -d '\n'
    printf '%s(=|%%3[Dd])*|' "$edge"
    ahead=$((ahead + 1))
  done
  for width in 64 76; do
    { printf %s "$value" | base64 | tr -d '\n=' && echo; } | sed "s/.\{$width\}/&\\
/g" | sed '/....../!d' | describe_digits | tr '\n' '|'
  done
}
describe_digits() { sed 's/+/([+-]|%2[Bb])/g; s/\//(\\\/|_|%2[Ff])/g'; }

# describe_all: one regular expression. Where values overlap, the first and longest is what a filter takes away.
describe_all() {
  export LC_ALL=C
  for value in /secrets/values/*; do
    describe_lines "$value"
    describe_base64 "$value"
  done | sed 's/|*$//'
}

# The programs are for this task's user alone. The line by which a reader knows the end of a log stays as it is.
hide_secrets() {
  (umask 077 && mkdir -p /secrets/mask && mkfifo /secrets/mask/log) || return
  patterns=$(describe_all)
  [ -n "$patterns" ] || return 0
  whole="^nomad-build: $NOMAD_TASK_NAME ended with exit code [0-9]+\$"
  (umask 077 && printf '/%s/!s/%s/***/g\n' "$whole" "$patterns" >/secrets/mask/sed) || return
  if ! sed -u -E -f /secrets/mask/sed </dev/null 2>/dev/null; then
    rm /secrets/mask/sed
    (umask 077 && printf '!/%s/ { gsub(/%s/, "***") } { print; fflush() }\n' "$whole" "$patterns" >/secrets/mask/awk) || return
    awk -f /secrets/mask/awk </dev/null || return
  fi
  patterns=
  (trap '' TERM INT HUP && mask </secrets/mask/log) &
  filter=$!
  exec >/secrets/mask/log 2>&1
  masked() { printf '%s\n' "$1" | (mask); }
}
hide_secrets || fail internal 1 "the secrets of this task cannot be kept out of its log"

# drain: let the filter write what it still has, for two seconds at most: what was left running may hold its pipe open.
drain() {
  exec >/dev/null 2>&1
  { sleep 2 && kill -KILL "$filter"; } &
  wait "$filter"
}
SCRIPT
}
[[- end -]]

[[- /*
  Open a secret by reference, so that its fields can be read: "nomad:PATH" is a Nomad Variable,
  "vault:PATH" a secret of Vault's KV version 2. The path is given by somebody: it travels as base64.
*/ -]]
[[- define "open_secret" -]]
[[ if hasPrefix "vault:" . -]]
{{ with secret (base64Decode "[[ trimPrefix "vault:" . | b64enc ]]") }}{{ with .Data.data }}
[[- else -]]
{{ with nomadVar (base64Decode "[[ trimPrefix "nomad:" . | b64enc ]]") }}
[[- end ]]
[[- end -]]
[[- define "close_secret" -]]
[[ if hasPrefix "vault:" . ]]{{ end }}[[ end ]]{{ end }}
[[- end -]]

[[- /*
  Open one field of a secret, "nomad:PATH#field" or "vault:PATH#field", so that the dot is its value. The path ends at the last
  #. A field that is not there, or is empty, ends the task before it starts, by an error that begins as Nomad's own do.
*/ -]]
[[- define "open_field" -]]
[[- $field := splitList "#" . | last -]]
[[- $path := trimSuffix (printf "#%s" $field) . -]]
[[ if hasPrefix "vault:" . -]]
{{ with secret (base64Decode "[[ trimPrefix "vault:" $path | b64enc ]]") }}{{ with .Data.data }}{{ with index . (base64Decode "[[ $field | b64enc ]]") }}
[[- else -]]
{{ with nomadVar (base64Decode "[[ trimPrefix "nomad:" $path | b64enc ]]") }}{{ with print (index . (base64Decode "[[ $field | b64enc ]]")) }}
[[- end ]]
[[- end -]]
[[- define "close_field" -]]
[[- $field := splitList "#" . | last -]]
[[ if hasPrefix "vault:" . -]]
{{ else }}{{ sprig_fail (printf "vault.read: the secret has no field %q" (base64Decode "[[ $field | b64enc ]]")) }}{{ end }}{{ else }}{{ sprig_fail "vault.read: the secret has no data" }}{{ end }}{{ end }}
[[- else -]]
{{ else }}{{ sprig_fail (printf "nomad.var: the variable has no field %q" (base64Decode "[[ $field | b64enc ]]")) }}{{ end }}{{ end }}
[[- end ]]
[[- end -]]

[[- /*
  One field of a secret as the file secrets/values/NAME: the value and nothing else. The scripts keep every file of that
  folder out of the log. A dict: name and reference, and perms where the task's user is not 1000.
*/ -]]
[[- define "secret_value" -]]
template {
  destination = "secrets/values/[[ .name ]]"
  perms       = "[[ .perms | default "0400" ]]"
  uid         = 1000
  gid         = 1000
  change_mode = "noop"
  data        = <<SECRET
[[ template "open_field" .reference ]]{{ . }}[[ template "close_field" .reference ]]{{ "" -}}
SECRET
}
[[- end -]]

[[- /* A task with this block may read from Vault by its workload identity; it never sees the token. */ -]]
[[- define "vault" -]]
vault {
  role         = [[ . | quote ]]
  env          = false
  disable_file = true
  change_mode  = "noop"
}
[[- end -]]
