# What the image says of itself.
build_id      = "01k5demo"
repo_url      = "https://git.example.com/team/hello.git"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

labels      = { "com.example.team" = "hello" }
annotations = { "org.opencontainers.image.source" = "https://git.example.com/team/hello", "org.opencontainers.image.version" = "1.2" }
