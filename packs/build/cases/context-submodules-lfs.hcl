# A folder of the repository to build in, with all that the repository keeps elsewhere.
build_id      = "01k5demo"
repo_url      = "https://git.example.com/team/hello.git"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

context_path = "services/api"
submodules   = true
lfs          = true
