# Other limits of time, processor, memory and disk than those of the default.
build_id      = "01k5demo"
repo_url      = "https://git.example.com/team/hello.git"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

source_timeout = 60
build_timeout  = 7200
cpu            = 4000
memory         = 8192
disk           = 51200
