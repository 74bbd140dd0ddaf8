variant      = "gpu-cache"
gpu_count    = 1
cache_volume = "buildah-cache"
