# One stage of the Dockerfile, with arguments.
build_id      = "01k5demo"
repo_url      = "https://git.example.com/team/hello.git"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

target     = "release"
build_args = { VERSION = "1.2", FLAGS = "-O2 -g" }
