# The network of the host, as on a single machine without bridge or DNS.
build_id = "01k5demo"
repo_url = "https://git.example.com/team/hello.git"

network_mode = "host"
