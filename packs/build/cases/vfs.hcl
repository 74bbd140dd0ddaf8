# A kernel that cannot mount overlay in a user namespace.
build_id      = "01k5demo"
repo_url      = "https://git.example.com/team/hello.git"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

storage_driver = "vfs"
