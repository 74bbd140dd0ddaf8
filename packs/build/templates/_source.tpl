[[- define "source_script" -]]
template {
  destination = "local/source.sh"
  change_mode = "noop"
  data        = <<SCRIPT
# Fetch one commit of a Git repository into the allocation's shared folder.
set -u
. /local/functions.sh
. /local/disk.sh
. /local/network.sh
. /local/git.sh

repo_url=$(input repo_url)
git_ref=$(input git_ref)
check_repo_url "$repo_url"
check_git_ref "$git_ref"
mkdir -p "$GIT_WORK_TREE"
configure_git "$repo_url"

say "fetching $git_ref from $repo_url"
git init --quiet "$GIT_DIR" || fail internal 1 "git cannot write to the allocation's folder"
# What submodules with relative addresses, and large files, are found by.
git config remote.origin.url "$repo_url"
attend_into /local/git.log git fetch --quiet --depth=1 --no-tags -- "$repo_url" "$git_ref" ||
  fail_at_git "$?" "the commit could not be fetched"
cat /local/git.log
attend_into /local/git.log git checkout --quiet --detach FETCH_HEAD ||
  fail_at_git "$?" "the commit could not be checked out"
cat /local/git.log
if [ -f /local/input/submodules ]; then
  say "fetching its submodules"
  cd "$GIT_WORK_TREE" || exit
  attend_into /local/git.log git submodule --quiet update --init --recursive --depth=1 ||
    fail_at_git "$?" "the submodules could not be fetched"
  cat /local/git.log
  cd / || exit
fi

git rev-parse HEAD >"$results/commit"
git show --no-patch --format=%ct HEAD >"$results/commit_time"
say "commit $(cat "$results/commit")"
# The build sees the files of the commit, not how they were fetched; each submodule has a file .git, too.
rm -rf "$GIT_DIR"
if [ -f /local/input/submodules ]; then
  find "$GIT_WORK_TREE" -name .git -prune -exec rm -rf -- {} +
fi
: >"$results/source_ended"
SCRIPT
}
[[- end -]]

[[- /* The files with what Git signs in with: a username and a password, or a private key and the hosts it is for. */ -]]
[[- define "git_credentials" -]]
[[- with var "git_credentials" . -]]
[[- if eq (var "git_credentials_type" $) "ssh_key" ]]

[[ template "secret_value" (dict "name" "git_private_key" "reference" (printf "%s#private_key" .)) ]]

[[ template "git_public" (dict "field" "known_hosts" "reference" .) ]]
[[- else ]]

[[ template "git_public" (dict "field" "username" "reference" .) ]]

[[ template "secret_value" (dict "name" "git_password" "reference" (printf "%s#password" .)) ]]
[[- end ]]
[[- end ]]
[[- end -]]

[[- /* What is kept with a secret and is none itself: a log may show it. */ -]]
[[- define "git_public" -]]
[[- $reference := printf "%s#%s" .reference .field -]]
template {
  destination = "secrets/git_[[ .field ]]"
  perms       = "0400"
  uid         = 1000
  gid         = 1000
  change_mode = "noop"
  data        = <<SECRET
[[ template "open_field" $reference ]]{{ . }}[[ template "close_field" $reference ]]
SECRET
}
[[- end -]]
