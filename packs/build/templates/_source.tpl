[[- define "source_script" -]]
template {
  destination = "local/source.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Fetch one commit of a Git repository into the allocation's shared folder.
set -u
. /local/functions.sh
. /local/disk.sh

# Nothing that the image, the repository or a user's home configures is obeyed, and no hook runs.
export HOME=/local GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_TERMINAL_PROMPT=0
export GIT_DIR="$NOMAD_ALLOC_DIR/data/git" GIT_WORK_TREE="$NOMAD_ALLOC_DIR/data/source"
if [ -f /secrets/git_username ]; then
  export GIT_ASKPASS=/local/askpass.sh
else
  export GIT_ASKPASS=/bin/false
fi

repo_url=$(input repo_url)
git_ref=$(input git_ref)
mkdir -p "$GIT_WORK_TREE"
say "fetching $git_ref from $repo_url"
git -c init.defaultBranch=main init --quiet "$GIT_DIR" || fail internal 1 "git cannot write to the allocation's folder"
git config core.hooksPath /dev/null
attend_into /local/fetch.log git fetch --quiet --depth=1 --no-tags -- "$repo_url" "$git_ref"
status=$?
cat /local/fetch.log
if [ "$status" -ne 0 ]; then
  fail_if_full "$status" "the commit could not be fetched" /local/fetch.log "$NOMAD_ALLOC_DIR"
  if grep -qiE "couldn't find remote ref|not our ref|invalid refspec|no such ref" /local/fetch.log; then
    fail git_ref_not_found "$status" "the repository has no branch, tag or commit $git_ref"
  elif grep -qiE 'authentication failed|could not read (username|password)|permission denied|access denied|returned error: 40[13]' /local/fetch.log; then
    fail git_auth "$status" "the repository asks for credentials, or does not exist: $repo_url"
  fi
  fail git_unreachable "$status" "the repository cannot be read: $repo_url"
fi
attend_into /local/checkout.log git checkout --quiet --detach FETCH_HEAD
status=$?
cat /local/checkout.log
if [ "$status" -ne 0 ]; then
  fail_if_full "$status" "the commit could not be checked out" /local/checkout.log "$NOMAD_ALLOC_DIR"
  fail git_unreachable "$status" "the commit cannot be checked out"
fi
git rev-parse HEAD >"$results/commit"
say "commit $(cat "$results/commit")"
# The build sees the files of the commit, not how they were fetched.
rm -rf "$GIT_DIR"
SCRIPT
}

template {
  destination = "local/askpass.sh"
  perms       = "0755"
  change_mode = "noop"
  data        = <<SCRIPT
#!/bin/sh
# Git asks "Username for '…'" or "Password for '…'": the answer is in the secrets folder.
case $1 in
  Username*) cat /secrets/git_username ;;
  *) cat /secrets/git_password ;;
esac
SCRIPT
}
[[- end -]]

[[- define "git_credentials" -]]
template {
  destination = "secrets/git_[[ .field ]]"
  perms       = "0400"
  uid         = 1000
  gid         = 1000
  change_mode = "noop"
  data        = <<SECRET
[[ template "open_secret" .reference ]]{{ .[[ .field ]] }}[[ template "close_secret" .reference ]]
SECRET
}
[[- end -]]
