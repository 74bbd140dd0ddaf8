variable "build_id" {
  description = "Identifier of the build; names its jobs build-ID, test-ID, publish-ID and cleanup-ID"
  type        = string
}

variable "image" {
  description = "Image to test, by digest: REGISTRY/REPOSITORY@sha256:DIGEST"
  type        = string
}

variable "commands" {
  description = "Commands to run in the image, side by side: each a text for its shell, or a list of arguments that is run without one"
  type = list(object({
    shell     = optional(string)
    arguments = optional(list(string))
  }))
  default = []
}

variable "entry_point" {
  description = "Whether to run the image with its own entry point and command, too; it has to end with 0"
  type        = bool
  default     = false
}

variable "env" {
  description = "Environment of the tests, NAME to value"
  type        = map(string)
  default     = {}
}

variable "secrets" {
  description = "Environment of the tests that is read from a secret: NAME to nomad:PATH#FIELD or vault:PATH#FIELD"
  type        = map(string)
  default     = {}
}

variable "vault_role" {
  description = "Vault role of the tasks that read a secret from Vault"
  type        = string
  default     = "nomad-build"
}

variable "working_directory" {
  description = "Folder that the tests start in, the image's own when empty"
  type        = string
  default     = ""
}

variable "network" {
  description = "Empty for a network, or none"
  type        = string
  default     = ""
}

variable "reports" {
  description = "Paths of JUnit XML files that a shell command may write; what is there is kept in alloc/data/reports"
  type        = list(string)
  default     = []
}

variable "services" {
  description = "What the tests need beside them, each reached by its name: its port is waited for, and its ready_command, for ready_timeout seconds (120); cpu in MHz (200), memory in MiB (256)"
  type = list(object({
    name          = string
    image         = string
    command       = optional(list(string))
    env           = optional(map(string))
    port          = optional(number)
    ready_command = optional(string)
    ready_timeout = optional(number)
    cpu           = optional(number)
    memory        = optional(number)
  }))
  default = []
}

variable "builder_image" {
  description = "Image with bash, for the task that waits for the services' ports"
  type        = string
  default     = "quay.io/buildah/stable:latest"
}

variable "variant" {
  description = "Name of the variant, kept in the job's meta"
  type        = string
  default     = "cpu"
}

variable "gpu_count" {
  description = "Graphics processors of each test; the driver's nvidia runtime is used when above 0"
  type        = number
  default     = 0
}

variable "gpu_constraints" {
  description = "What each graphics processor has to be: attribute (device.model, device.attr.memory), operator, value"
  type = list(object({
    attribute = string
    operator  = string
    value     = string
  }))
  default = []
}

variable "network_mode" {
  description = "Docker network of the tests, the driver's default when empty; without effect beside services"
  type        = string
  default     = ""
}

variable "command_timeout" {
  description = "Seconds that a shell command may take, where the image has the program timeout"
  type        = number
  default     = 600
}

variable "cpu" {
  description = "CPU of each test, MHz"
  type        = number
  default     = 500
}

variable "memory" {
  description = "Memory of each test, MiB"
  type        = number
  default     = 1024
}

variable "disk" {
  description = "Disk of the allocation, MiB"
  type        = number
  default     = 1024
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
