# An operator's own image and volume, and other limits than those of the default.
run_id = "01k5demo"

builder_image = "registry.example.com:5000/tools/buildah:1.41"
cache_volume  = "layers"
lock_timeout  = 5
prune_timeout = 60
cpu           = 400
memory        = 512
disk          = 600
