# The network of the host, as on a single machine without bridge or DNS.
run_id = "01k5demo"

network_mode = "host"
