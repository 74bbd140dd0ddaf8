# An operator's own image, and other limits than those of the default.
build_id      = "01k5demo"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

copy_image       = "registry.example.com:5000/tools/skopeo:1.18"
registry_timeout = 20
cleanup_timeout  = 60
cpu              = 200
memory           = 256
disk             = 600
