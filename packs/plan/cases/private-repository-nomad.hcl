# The repository's username and password are in a Nomad Variable.
build_id = "01k5demo"
repo_url = "https://git.example.com/team/hello.git"

git_credentials = "nomad:nomad/jobs/git"
