# Another branch and another build file than those of the default.
build_id = "01k5demo"
repo_url = "https://git.example.com/team/hello.git"

git_ref    = "release/1.2"
build_file = "ci/api.yaml"
