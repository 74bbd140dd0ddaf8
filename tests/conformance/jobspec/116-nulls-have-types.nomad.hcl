variable "text" {
  type    = string
  default = null
}
variable "list" {
  type    = list(string)
  default = null
}
variable "map" {
  type    = map(string)
  default = null
}
variable "object" {
  type    = object({ a = string, b = list(string) })
  default = { a = null, b = null }
}

job "nulls" {
  group "g" {
    task "t" {
      driver = "mock"
      config {
        text      = var.text == null ? 5 : var.text
        text_else = var.text != null ? var.text : true
        in_braces = (var.text) == null ? 5 : (var.text)
        list      = var.list == null ? [1, "a"] : var.list
        map       = var.map == null ? { a = 1 } : var.map
        attribute = var.object.a == null ? 5 : var.object.a
        inner     = var.object.b == null ? [1] : var.object.b
        literal   = true ? 5 : null
        splat     = var.text[*]
      }
    }
  }
}
