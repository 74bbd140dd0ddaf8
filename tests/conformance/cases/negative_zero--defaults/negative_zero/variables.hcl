variable "a" { default = "${-0}" }
variable "b" { default = "${0 * -1} ${-0.0} ${0 / -5} ${-(1 - 1)} ${-0 + 0} ${-0 - 0} ${0 % -3} ${-0 == 0} ${-6 % 3} ${-(-0)} ${-1 + 1}" }
variable "c" {
 type = string
 default = -0 
}
variable "d" { default = -0 }
variable "e" { 
 type = set(string)
 default = [-0, 0, "0"]
 }
variable "g" { default = [for x in [-0]: "${x}"] }
variable "h" { 
 type = string
 default = "-0"
 }
variable "i" { 
 type = number
 default = "-0"
 }
variable "j" { 
 type = list(string)
 default = [1e-400, -1e-400, 1e0, -1e2 ]
 }
variable "k" { default = { (-0) = 1 } }
