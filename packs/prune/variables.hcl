variable "run_id" {
  description = "Identifier of this run; names the job prune-ID"
  type        = string
}

variable "node_id" {
  description = "Nomad's id of the node to clean, any node that has the volume when empty"
  type        = string
  default     = ""
}

variable "cache_volume" {
  description = "Host volume that keeps layers and cache mounts between builds"
  type        = string
  default     = "buildah-cache"
}

variable "builder_image" {
  description = "Image with buildah and a user build (1000) who may use subordinate ids"
  type        = string
  default     = "quay.io/buildah/stable:latest"
}

variable "security_opt" {
  description = "Security options of the task, as those of the build task"
  type        = list(string)
  default     = ["seccomp=unconfined"]
}

variable "storage_driver" {
  description = "Storage driver of buildah, as that of the builds: overlay or vfs"
  type        = string
  default     = "overlay"
}

variable "network_mode" {
  description = "Docker network of the tasks, the driver's default when empty"
  type        = string
  default     = ""
}

variable "lock_timeout" {
  description = "Seconds to wait for builds that use the cache, before giving up"
  type        = number
  default     = 60
}

variable "prune_timeout" {
  description = "Seconds that the whole run may take"
  type        = number
  default     = 300
}

variable "cpu" {
  description = "CPU of the prune task, MHz"
  type        = number
  default     = 200
}

variable "memory" {
  description = "Memory of the prune task, MiB"
  type        = number
  default     = 256
}

variable "disk" {
  description = "Disk of the allocation, MiB"
  type        = number
  default     = 300
}

variable "region" {
  description = "Region of the job, the agent's own when empty"
  type        = string
  default     = ""
}

variable "namespace" {
  description = "Namespace of the job, the caller's own when empty"
  type        = string
  default     = ""
}

variable "datacenters" {
  description = "Datacenters that may run the job"
  type        = list(string)
  default     = ["*"]
}

variable "node_pool" {
  description = "Node pool of the job, Nomad's default when empty"
  type        = string
  default     = ""
}

variable "priority" {
  description = "Priority of the job, 1 to 100"
  type        = number
  default     = 50
}
