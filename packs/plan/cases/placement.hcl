# Where the job may run, and how urgent it is.
build_id = "01k5demo"
repo_url = "https://git.example.com/team/hello.git"

region      = "europe"
namespace   = "builds"
datacenters = ["dc1", "dc2"]
node_pool   = "builders"
priority    = 80
