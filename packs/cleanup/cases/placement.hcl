# Where the job may run, and how urgent it is.
build_id      = "01k5demo"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

region      = "europe"
namespace   = "builds"
datacenters = ["dc1", "dc2"]
node_pool   = "builders"
priority    = 80
