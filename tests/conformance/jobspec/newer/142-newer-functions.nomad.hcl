variable "unset" {
  type    = string
  default = null
}

job "newer-functions" {
  group "g" {
    task "t" {
      driver = "exec"
      config {
        contains_null = contains([var.unset, "a"], var.unset)
        lacks_null    = contains(["a"], var.unset)
        merged_list   = yamldecode("base: &base {a: 1, b: 2}\nmore: &more {b: 3}\nall:\n  <<: [*base, *more]\n  c: 4\n")
        merged_tag    = yamldecode("!!merge <<: {a: 1}\nb: 2")
      }
    }
  }
}
