# Where the job may run, and how urgent it is.
run_id = "01k5demo"

region      = "europe"
namespace   = "builds"
datacenters = ["dc1", "dc2"]
node_pool   = "builders"
priority    = 80
