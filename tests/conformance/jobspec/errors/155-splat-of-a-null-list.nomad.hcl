variable "list" {
  type    = list(string)
  default = null
}
job "x" {
  datacenters = var.list[*]
}
