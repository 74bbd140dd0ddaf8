variable "build_id" {
  description = "Identifier of the build; names its jobs build-ID, test-ID, publish-ID and cleanup-ID"
  type        = string
}

variable "staging_image" {
  description = "Where the image waits for its tests: REGISTRY/REPOSITORY:TAG, a repository of its own"
  type        = string
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

variable "copy_image" {
  description = "Image with skopeo and a POSIX shell"
  type        = string
  default     = "quay.io/skopeo/stable:latest"
}

variable "network_mode" {
  description = "Docker network of the tasks, the driver's default when empty"
  type        = string
  default     = ""
}

variable "registry_timeout" {
  description = "Seconds that the registry may take to answer a question, or to take a name or a delete"
  type        = number
  default     = 60
}

variable "cleanup_timeout" {
  description = "Seconds that cleaning up may take"
  type        = number
  default     = 120
}

variable "cpu" {
  description = "CPU of the cleanup task, MHz"
  type        = number
  default     = 100
}

variable "memory" {
  description = "Memory of the cleanup task, MiB"
  type        = number
  default     = 128
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
