# A database and a cache beside the tests; neither has the host's network.
build_id = "01k5demo"
image    = "registry.example.com:5000/team/hello-staging@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
commands    = [{ shell = "psql --host db --command 'select 1'" }, { arguments = ["/app/hello", "--cache", "cache:6379"] }]
entry_point = true

network_mode  = "host"
builder_image = "registry.example.com/library/buildah:1.39"
services = [
  {
    name          = "db"
    image         = "docker.io/library/postgres:17"
    env           = { POSTGRES_PASSWORD = "only for \"tests\"" }
    port          = 5432
    ready_command = "pg_isready --username postgres"
    ready_timeout = 60
    memory        = 512
  },
  {
    name    = "cache"
    image   = "docker.io/library/redis:8"
    command = ["redis-server", "--save", ""]
    port    = 6379
  },
  {
    name  = "worker"
    image = "docker.io/library/worker:1"
  },
]
