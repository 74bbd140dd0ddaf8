variable "build_id" {
  description = "Identifier of the build; names its jobs build-ID, test-ID, publish-ID and cleanup-ID"
  type        = string
}

variable "image" {
  description = "Image to test, by digest: REGISTRY/REPOSITORY@sha256:DIGEST"
  type        = string
}

variable "commands" {
  description = "Shell commands to run in the image, one after the other, until one fails"
  type        = list(string)
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

variable "network_mode" {
  description = "Docker network of the tasks, the driver's default when empty"
  type        = string
  default     = ""
}

variable "command_timeout" {
  description = "Seconds that one command may take, where the image has the program timeout"
  type        = number
  default     = 600
}

variable "cpu" {
  description = "CPU of the test task, MHz"
  type        = number
  default     = 500
}

variable "memory" {
  description = "Memory of the test task, MiB"
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
