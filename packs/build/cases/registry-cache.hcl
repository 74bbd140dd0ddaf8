# Layers are also kept in a registry, for nodes that have none yet.
build_id      = "01k5demo"
repo_url      = "https://git.example.com/team/hello.git"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

cache_from = ["registry.example.com:5000/team/hello-cache", "registry.example.com:5000/team/base-cache"]
cache_to   = "registry.example.com:5000/team/hello-cache"
