variable "build_id" {
  description = "Identifier of the build; names its jobs build-ID, test-ID, publish-ID and cleanup-ID"
  type        = string
}

variable "repo_url" {
  description = "Git repository to build from"
  type        = string
}

variable "git_ref" {
  description = "Branch, tag, commit (in full) or any other reference to build, such as refs/pull/7/head or merge-requests/7/head"
  type        = string
  default     = "HEAD"
}

variable "dockerfile_path" {
  description = "Dockerfile, relative to the root of the repository"
  type        = string
  default     = "Dockerfile"
}

variable "context_path" {
  description = "Folder that is built in, relative to the root of the repository, which it is when empty"
  type        = string
  default     = ""
}

variable "submodules" {
  description = "Fetch the repository's submodules, and theirs"
  type        = bool
  default     = false
}

variable "lfs" {
  description = "Fetch the files that Git LFS keeps elsewhere; the source image needs git-lfs"
  type        = bool
  default     = false
}

variable "staging_image" {
  description = "Where the image waits for its tests: REGISTRY/REPOSITORY:TAG, a repository of its own"
  type        = string
}

variable "git_credentials" {
  description = "Reference to what the repository is read with: nomad:PATH or vault:PATH, none when empty"
  type        = string
  default     = ""
}

variable "git_credentials_type" {
  description = "What git_credentials has: password (fields username and password, for https) or ssh_key (private_key and known_hosts)"
  type        = string
  default     = "password"
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

variable "build_args" {
  description = "Build arguments by their names; they can be read in the image's history, so no secrets"
  type        = map(string)
  default     = {}
}

variable "target" {
  description = "Stage of the Dockerfile to build, the last one when empty"
  type        = string
  default     = ""
}

variable "labels" {
  description = "Labels of the image"
  type        = map(string)
  default     = {}
}

variable "annotations" {
  description = "Annotations of the image, which are labels too; those for revision and creation come from the commit"
  type        = map(string)
  default     = {}
}

variable "build_secrets" {
  description = "Secrets for RUN --mount=type=secret: id to nomad:PATH#FIELD or vault:PATH#FIELD"
  type        = map(string)
  default     = {}
}

variable "ssh_key" {
  description = "Reference to the private_key that RUN --mount=type=ssh may use: nomad:PATH or vault:PATH, none when empty"
  type        = string
  default     = ""
}

variable "platform" {
  description = "Platform to build for, such as linux/arm64, the node's own when empty; steps that run something need it on the node"
  type        = string
  default     = ""
}

variable "image_format" {
  description = "Format of the image: oci or docker"
  type        = string
  default     = "oci"
}

variable "reproducible" {
  description = "Have all times in the image come from the commit"
  type        = bool
  default     = false
}

variable "build_network" {
  description = "Network of the steps: that of the tasks when empty, or none; then two more tasks fetch the base images and push"
  type        = string
  default     = ""
}

variable "ca_certificates" {
  description = "Further certificate authorities to trust, PEM, for Git and registries"
  type        = string
  default     = ""
}

variable "http_proxy" {
  description = "Proxy for http addresses, also of the steps"
  type        = string
  default     = ""
}

variable "https_proxy" {
  description = "Proxy for https addresses, also of the steps"
  type        = string
  default     = ""
}

variable "no_proxy" {
  description = "Hosts that are reached without a proxy"
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

variable "cache_scope" {
  description = "Name of the trust domain: its folder below the cache volume has layers and cache mounts that no other's builds see"
  type        = string
  default     = "default"
}

variable "no_cache" {
  description = "Run every step, whatever the cache holds"
  type        = bool
  default     = false
}

variable "clear_cache" {
  description = "Empty the store of this cache_scope before the build, once no other build uses it"
  type        = bool
  default     = false
}

variable "cache_from" {
  description = "Repositories in a registry to look for layers in"
  type        = list(string)
  default     = []
}

variable "cache_to" {
  description = "Repository in a registry to leave layers in, none when empty"
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
