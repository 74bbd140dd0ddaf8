variable "build_id" {
  description = "Identifier of the build; names its jobs build-ID, test-ID, publish-ID and cleanup-ID"
  type        = string
}

variable "repo_url" {
  description = "Git repository to build from"
  type        = string
}

variable "git_ref" {
  description = "Branch, tag or commit to build"
  type        = string
  default     = "HEAD"
}

variable "dockerfile_path" {
  description = "Dockerfile, relative to the root of the repository"
  type        = string
  default     = "Dockerfile"
}

variable "staging_image" {
  description = "Where the image waits for its tests: REGISTRY/REPOSITORY:TAG, a repository of its own"
  type        = string
}

variable "git_credentials" {
  description = "Reference to the repository's username and password: nomad:PATH or vault:PATH, none when empty"
  type        = string
  default     = ""
}

variable "git_protocols" {
  description = "Protocols that Git may speak, submodules and redirects included"
  type        = list(string)
  default     = ["https", "ssh"]
}

variable "insecure_registries" {
  description = "Registries (host:port) spoken to without TLS or with an unknown certificate"
  type        = list(string)
  default     = []
}

variable "registry_credentials" {
  description = "Reference to the registry's username and password: nomad:PATH or vault:PATH, none when empty"
  type        = string
  default     = ""
}

variable "vault_role" {
  description = "Vault role for references that start with vault:"
  type        = string
  default     = "nomad-build"
}

variable "variant" {
  description = "Name of the variant, kept in the job's meta"
  type        = string
  default     = "cpu"
}

variable "gpu_count" {
  description = "Graphics processors of the task; the driver's nvidia runtime is used when above 0"
  type        = number
  default     = 0
}

variable "cache_volume" {
  description = "Host volume that keeps layers and cache mounts between builds, none when empty"
  type        = string
  default     = ""
}

variable "builder_image" {
  description = "Image with buildah and a user build (1000) who may use subordinate ids"
  type        = string
  default     = "quay.io/buildah/stable:latest"
}

variable "source_image" {
  description = "Image with git and a POSIX shell"
  type        = string
  default     = "quay.io/buildah/stable:latest"
}

variable "security_opt" {
  description = "Security options of the build task; a host with AppArmor or SELinux needs apparmor=unconfined or label=disable too"
  type        = list(string)
  default     = ["seccomp=unconfined"]
}

variable "storage_driver" {
  description = "Storage driver of buildah: overlay, or vfs where the kernel cannot mount overlay in a user namespace"
  type        = string
  default     = "overlay"
}

variable "network_mode" {
  description = "Docker network of the tasks, the driver's default when empty"
  type        = string
  default     = ""
}

variable "source_timeout" {
  description = "Seconds that fetching the source may take"
  type        = number
  default     = 300
}

variable "build_timeout" {
  description = "Seconds that building and staging the image may take"
  type        = number
  default     = 1800
}

variable "cpu" {
  description = "CPU of the build task, MHz"
  type        = number
  default     = 1000
}

variable "memory" {
  description = "Memory of the build task, MiB"
  type        = number
  default     = 2048
}

variable "disk" {
  description = "Disk of the allocation, MiB; holds the source, and the layers when there is no cache volume"
  type        = number
  default     = 10240
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
