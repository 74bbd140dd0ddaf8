variable "build_id" {
  description = "Identifier of the build; names its jobs build-ID, test-ID, publish-ID and cleanup-ID"
  type        = string
}

variable "attempt" {
  description = "Which try to publish this is, from 1; names the job publish-ID, from the second one on publish-ID-ATTEMPT"
  type        = number
  default     = 1
}

variable "staging_image" {
  description = "Where the image waits for its tests: REGISTRY/REPOSITORY:TAG, a repository of its own"
  type        = string
}

variable "digest" {
  description = "Digest of the staged image that was tested: sha256:DIGEST"
  type        = string
}

variable "image" {
  description = "Repository to publish to: REGISTRY/REPOSITORY"
  type        = string
}

variable "tags" {
  description = "Tags to give the image"
  type        = list(string)
}

variable "destinations" {
  description = "Further repositories to publish to, each with its tags and a reference to its credentials, none when empty"
  type = list(object({
    image       = string
    tags        = list(string)
    credentials = string
  }))
  default = []
}

variable "sbom" {
  description = "Attach a list of what is in the image, in this format: spdx or cyclonedx, none when empty"
  type        = string
  default     = ""
}

variable "provenance" {
  description = "Attach this in-toto statement, a JSON text, none when empty"
  type        = string
  default     = ""
}

variable "insecure_registries" {
  description = "Registries (host:port) spoken to without TLS or with an unknown certificate"
  type        = list(string)
  default     = []
}

variable "registry_credentials" {
  description = "Reference to username and password for staging_image and image: nomad:PATH or vault:PATH, none when empty"
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

variable "sbom_image" {
  description = "Image whose entry point is syft"
  type        = string
  default     = "docker.io/anchore/syft:v1.57.1"
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

variable "publish_timeout" {
  description = "Seconds that publishing may take"
  type        = number
  default     = 600
}

variable "cpu" {
  description = "CPU of the publish task, MHz"
  type        = number
  default     = 200
}

variable "memory" {
  description = "Memory of the publish task, MiB"
  type        = number
  default     = 256
}

variable "sbom_cpu" {
  description = "CPU of the sbom task, MHz"
  type        = number
  default     = 500
}

variable "sbom_memory" {
  description = "Memory of the sbom task, MiB"
  type        = number
  default     = 1024
}

variable "disk" {
  description = "Disk of the allocation, MiB; a scan for an SBOM needs room for the image, compressed and not"
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
