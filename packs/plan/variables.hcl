variable "build_id" {
  description = "Identifier of the build; names the job plan-ID"
  type        = string
}

variable "repo_url" {
  description = "Git repository to read"
  type        = string
}

variable "git_ref" {
  description = "Branch, tag, commit (in full) or any other reference to read, such as refs/pull/7/head or merge-requests/7/head"
  type        = string
  default     = "HEAD"
}

variable "build_file" {
  description = "Build file, relative to the root of the repository"
  type        = string
  default     = ".nomad-build.yaml"
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

variable "vault_role" {
  description = "Vault role for references that start with vault:"
  type        = string
  default     = "nomad-build"
}

variable "source_image" {
  description = "Image with git and a POSIX shell"
  type        = string
  default     = "quay.io/buildah/stable:latest"
}

variable "network_mode" {
  description = "Docker network of the task, the driver's default when empty"
  type        = string
  default     = ""
}

variable "ca_certificates" {
  description = "Further certificate authorities to trust, PEM"
  type        = string
  default     = ""
}

variable "http_proxy" {
  description = "Proxy for http addresses"
  type        = string
  default     = ""
}

variable "https_proxy" {
  description = "Proxy for https addresses"
  type        = string
  default     = ""
}

variable "no_proxy" {
  description = "Hosts that are reached without a proxy"
  type        = string
  default     = ""
}

variable "source_timeout" {
  description = "Seconds that fetching the source may take"
  type        = number
  default     = 300
}

variable "cpu" {
  description = "CPU of the task, MHz"
  type        = number
  default     = 200
}

variable "memory" {
  description = "Memory of the task, MiB"
  type        = number
  default     = 256
}

variable "disk" {
  description = "Disk of the allocation, MiB; holds the source"
  type        = number
  default     = 2048
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
