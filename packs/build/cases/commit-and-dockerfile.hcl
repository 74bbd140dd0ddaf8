# Another branch and another Dockerfile than those of the default.
build_id      = "01k5demo"
repo_url      = "https://git.example.com/team/hello.git"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

git_ref         = "release/1.2"
dockerfile_path = "images/api/Dockerfile"
