# The repository is read over SSH; the key and the hosts that it is for are in a Nomad Variable.
build_id      = "01k5demo"
repo_url      = "https://git.example.com/team/hello.git"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

git_credentials      = "nomad:nomad/jobs/git"
git_credentials_type = "ssh_key"
