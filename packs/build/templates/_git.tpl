[[- /*
  How the source task runs Git on an address and a repository that nobody vouches for: what it obeys, whom it tells
  its credentials, and what its complaints mean.
*/ -]]
[[- define "git_script" -]]
template {
  destination = "local/git.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Nothing that the image, the repository or a user's home configures is obeyed, and nobody is asked anything.
export HOME=/local GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/local/gitconfig
export GIT_TERMINAL_PROMPT=0 GIT_ASKPASS=/bin/false SSH_ASKPASS=/bin/false GIT_SSH_VARIANT=ssh
export GIT_DIR="$NOMAD_ALLOC_DIR/data/git" GIT_WORK_TREE="$NOMAD_ALLOC_DIR/data/source"
unset SSH_AUTH_SOCK GIT_SSH GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS

# visible TEXT: the text without spaces and control characters, none of which an address or a reference has.
visible() { printf '%s' "$1" | LC_ALL=C tr -d '\001-\040\177'; }

check_repo_url() {
  case $1 in
    '' | -*) fail git_unreachable 1 "not the address of a repository: $1" ;;
  esac
  [ "$(visible "$1")" = "$1" ] || fail git_unreachable 1 "the repository's address has spaces or control characters"
  # The log and the job would show it to everybody.
  case $(printf '%s\n' "$1" | sed -n 's|^[A-Za-z0-9+.-]*://\([^/]*\)@.*|\1|p') in
    *:*) fail git_auth 1 "the repository's address has a password in it: refer to it with git_credentials" ;;
  esac
}

# A reference is one name. With a colon or an asterisk it would be a rule of what to write where.
check_git_ref() {
  case $1 in
    -* | +*) ;;
    *) [ "$(visible "$1")" = "$1" ] && git check-ref-format --allow-onelevel "$1" && return ;;
  esac
  fail git_ref_not_found 1 "not the name of a branch, a tag, a commit or another reference: $(visible "$1")"
}

# configure_git URL: no hook runs, and no program but those named here. GIT_ALLOW_PROTOCOL holds for submodules, too.
configure_git() {
  cat >"$GIT_CONFIG_GLOBAL" <<'CONFIG'
[core]
  hooksPath = /dev/null
  fsmonitor = false
  attributesFile = /dev/null
[init]
  defaultBranch = main
  templateDir =
[advice]
  detachedHead = false
[submodule]
  recurse = false
[fetch]
  recurseSubmodules = false
[transfer]
  credentialsInUrl = die
[gc]
  auto = 0
[maintenance]
  auto = false
CONFIG
  identity=none
  known_hosts=/dev/null
  if [ -f /secrets/values/git_private_key ]; then
    # Without a line break at its end ssh reads no key.
    identity=/secrets/git_private_key
    (umask 077 && { cat /secrets/values/git_private_key; echo; } >"$identity")
    known_hosts=/secrets/git_known_hosts
  fi
  GIT_SSH_COMMAND="ssh -F /dev/null -o BatchMode=yes -o IdentitiesOnly=yes -o IdentityAgent=none -o IdentityFile=$identity"
  GIT_SSH_COMMAND="$GIT_SSH_COMMAND -o StrictHostKeyChecking=yes -o UpdateHostKeys=no -o UserKnownHostsFile=$known_hosts"
  export GIT_SSH_COMMAND="$GIT_SSH_COMMAND -o GlobalKnownHostsFile=/dev/null -o ForwardAgent=no -o ConnectTimeout=30"
  if [ -f /secrets/git_username ]; then
    # For this server alone: a submodule, a redirection or the store of large files may name another.
    origin=$(printf '%s\n' "$1" | sed -n 's|^\(https\{0,1\}://\)\([^/@:]*@\)\{0,1\}\([][A-Za-z0-9._:-]*\)\(/.*\)\{0,1\}$|\1\3|p')
    [ -n "$origin" ] || fail git_auth 1 "a username and a password are for an address that begins with https://: $1"
    git config --file "$GIT_CONFIG_GLOBAL" "credential.$origin.helper" /local/credential.sh
  fi
  [ -f /local/input/lfs ] || return 0
  git lfs version >/dev/null 2>&1 ||
    fail host_unfit 1 "lfs: the image of the source task has no git-lfs; name one that has, or ask for the build without"
  cat >>"$GIT_CONFIG_GLOBAL" <<'CONFIG'
[filter "lfs"]
  process = git-lfs filter-process
  smudge = git-lfs smudge -- %f
  clean = git-lfs clean -- %f
  required = true
[lfs]
  locksverify = false
CONFIG
}

says() { grep -qiE "$1" /local/git.log; }

# fail_at_git STATUS MESSAGE: end with what Git has said in its log.
fail_at_git() {
  cat /local/git.log
  fail_if_full "$1" "$2" /local/git.log "$NOMAD_ALLOC_DIR"
  if says "couldn't find remote ref|not our ref|invalid refspec|no such ref|did not contain [0-9a-f]{40}"; then
    fail git_ref_not_found "$1" "$2: the repository has no branch, tag, commit or reference of that name: $git_ref"
  elif says 'host key verification failed'; then
    fail git_auth "$1" "$2: the server's key is not in known_hosts of the credentials: $repo_url"
  elif says 'authentication (failed|required)|could not read (username|password)|permission denied|access denied|returned error: 40[13]|credentials'; then
    fail git_auth "$1" "$2: the repository asks for credentials, or does not exist: $repo_url"
  elif says 'certificate'; then
    fail git_unreachable "$1" "$2: the server's certificate is not trusted here; ca_certificates may name its authority: $repo_url"
  elif says "transport '.*' not allowed"; then
    fail git_unreachable "$1" "$2: its protocol is not one of $GIT_ALLOW_PROTOCOL"
  fi
  fail git_unreachable "$1" "$2 from $repo_url"
}
SCRIPT
}

template {
  destination = "local/credential.sh"
  perms       = "0755"
  change_mode = "noop"
  data        = <<SCRIPT
#!/bin/sh
# What Git asks for a username and a password, and tells of others; only the question is of interest.
[ "$1" = get ] || exit 0
printf 'username=%s\npassword=%s\n' "$(cat /secrets/git_username)" "$(cat /secrets/values/git_password)"
SCRIPT
}
[[- end -]]
