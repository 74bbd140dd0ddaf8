# Another machine than the node, and the older format of images.
build_id      = "01k5demo"
repo_url      = "https://git.example.com/team/hello.git"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

platform     = "linux/arm64"
image_format = "docker"
