variant      = "cpu-cache"
cache_volume = "buildah-cache"
