variable "huge" { default = 1e400 }
variable "lowest" { default = -1e400 }
variable "tiny" { default = 33e-400 }
variable "above" { default = 1.7976931348623159e308 }
variable "below" { default = 1e308 }
variable "inside" {
  type    = list(number)
  default = ["1e400", 9223372036854775808, -9223372036854775809]
}
variable "letters" { default = "𱍐 🫨 𮯰 \u2028 \u00ad" }
