# The repository is read over SSH; the key and the hosts that it is for are in a Nomad Variable.
build_id = "01k5demo"
repo_url = "https://git.example.com/team/hello.git"

git_credentials      = "nomad:nomad/jobs/git"
git_credentials_type = "ssh_key"
