variant   = "gpu"
gpu_count = 1
