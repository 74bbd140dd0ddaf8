# The network of the host, as on a single machine without bridge or DNS.
build_id      = "01k5demo"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

network_mode = "host"
