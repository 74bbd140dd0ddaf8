# An operator's own images.
build_id      = "01k5demo"
repo_url      = "https://git.example.com/team/hello.git"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

builder_image = "registry.example.com:5000/tools/buildah:1.41"
source_image  = "registry.example.com:5000/tools/git:2.47"
